/** Puts a value at the end of the list under `key`. */
export function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** The value under `id`. Throws where a caller names something that was never made. */
export function known<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = map.get(id);
  if (found === undefined) throw new Error(`the sandbox has no ${what} ${id}`);
  return found;
}
