import { type Clock, systemClock } from "@/lib/core/time";
import { createCalendlyFake } from "./calendly";
import { CalendlyWorld } from "./calendly-world";
import { createFaults, type Faults } from "./faults";
import { createGhlFake } from "./ghl";
import { GhlWorld } from "./ghl-world";
import { startFakeServer } from "./http";
import { createKapsoFake } from "./kapso";
import { KapsoWorld } from "./kapso-world";
import { createLedger, type Ledger } from "./ledger";
import { createRandom } from "./random";
import type { TrueAppointment } from "./truth";

/** The providers on the loopback: their worlds, what was asked of them, and what is to go wrong. */
export interface Sandbox {
  readonly ghl: GhlWorld;
  readonly calendly: CalendlyWorld;
  readonly kapso: KapsoWorld;
  readonly ledger: Ledger;
  readonly faults: Faults;
  /** Base URLs, without a slash at the end. */
  readonly urls: { ghl: string; calendly: string; kapso: string };
  /** What is true of a person's appointments, to compare a database with. */
  truthOf(person: SandboxPerson): TrueAppointment[];
  /** Cuts every connection and closes the ports. */
  stop(): Promise<void>;
}

export type SandboxPerson = { ghlContactId: string } | { organizationUri: string; email: string };

/**
 * Starts the fakes on free ports of 127.0.0.1.
 *
 * The same `seed` gives the same ids and the same luck with faults. `clock` dates what happens in the worlds; rate
 * limits run on the process's own clock.
 */
export async function startSandbox({
  seed = 1,
  clock = systemClock,
}: {
  seed?: number;
  clock?: Clock;
} = {}): Promise<Sandbox> {
  // Worlds and faults draw from sequences of their own: one more appointment must not change which request fails.
  const ghl = new GhlWorld(clock, createRandom(seed));
  const calendly = new CalendlyWorld(clock, createRandom(seed + 1));
  const random = createRandom(seed + 2);
  const kapso = new KapsoWorld(clock, createRandom(seed + 3));
  const ledger = createLedger();
  const faults = createFaults(random);
  const surroundings = { ledger, faults, random };
  const servers = await Promise.all([
    startFakeServer(createGhlFake(ghl), surroundings),
    startFakeServer(createCalendlyFake(calendly), surroundings),
    startFakeServer(createKapsoFake(kapso), surroundings),
  ]);
  const [ghlServer, calendlyServer, kapsoServer] = servers;
  return {
    ghl,
    calendly,
    kapso,
    ledger,
    faults,
    urls: { ghl: ghlServer.url, calendly: calendlyServer.url, kapso: kapsoServer.url },
    truthOf: (person) =>
      "ghlContactId" in person
        ? ghl.truthOf(person.ghlContactId)
        : calendly.truthOf(person.organizationUri, person.email),
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
