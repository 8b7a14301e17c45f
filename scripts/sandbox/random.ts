/** Numbers in [0, 1), the same sequence for the same seed. */
export type Random = () => number;

const ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX_DIGITS = "0123456789abcdef";
const UINT32_RANGE = 2 ** 32;

/** A mulberry32 generator: small, fast, and good enough to choose faults and ids that a run can repeat. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / UINT32_RANGE;
  };
}

/** An id of letters and digits, as HighLevel gives them. */
export function randomId(random: Random, length: number): string {
  return draw(random, ID_ALPHABET, length);
}

/** A version 4 UUID. */
export function randomUuid(random: Random): string {
  const hex = (length: number) => draw(random, HEX_DIGITS, length);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${draw(random, "89ab", 1)}${hex(3)}-${hex(12)}`;
}

/** One of `items`, which must not be empty. */
export function pickOne<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[Math.floor(random() * items.length)] ?? items[0];
}

function draw(random: Random, alphabet: string, length: number): string {
  let drawn = "";
  for (let index = 0; index < length; index++) drawn += alphabet.charAt(Math.floor(random() * alphabet.length));
  return drawn;
}
