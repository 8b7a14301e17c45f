import { generateKeyPairSync, sign } from "node:crypto";
import { DAY_MS, HOUR_MS } from "@/lib/core/time";

/** A server's identity that nobody trusts unless told to. */
export interface TestIdentity {
  /** PEM. */
  key: string;
  cert: string;
}

/** A certificate for `name`, made now, signed by itself and good for a day: no key has to be kept anywhere. */
export function createTestIdentity(name: string): TestIdentity {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = der(SEQUENCE, der(OBJECT_ID, Buffer.from("2a8648ce3d040302", "hex")));
  const commonName = der(SEQUENCE, der(OBJECT_ID, Buffer.from("550403", "hex")), der(UTF8, Buffer.from(name)));
  const subject = der(SEQUENCE, der(SET, commonName));
  const validity = der(SEQUENCE, utcTime(Date.now() - HOUR_MS), utcTime(Date.now() + DAY_MS));
  const serial = der(INTEGER, Buffer.from([1]));
  const spki = publicKey.export({ type: "spki", format: "der" });
  const signed = der(SEQUENCE, serial, ecdsaWithSha256, subject, validity, subject, spki);
  const signature = der(BIT_STRING, Buffer.from([0]), sign("sha256", signed, privateKey));
  const cert = der(SEQUENCE, signed, ecdsaWithSha256, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  };
}

const [INTEGER, BIT_STRING, OBJECT_ID, UTF8, UTC_TIME, SEQUENCE, SET] = [0x02, 0x03, 0x06, 0x0c, 0x17, 0x30, 0x31];

/** A value of X.690's distinguished encoding: its tag, its length, its contents. */
function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const size = content.byteLength;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function utcTime(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replaceAll(/[-:T]/g, "").slice(2, 14);
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}
