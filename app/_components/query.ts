/** What Next hands a page as its query. */
export type Query = Promise<Record<string, string | string[] | undefined>>;

/** The parameters of these names that are given once and are not empty; whatever else an address says is ignored. */
export async function readQuery<Name extends string>(
  query: Query,
  names: readonly Name[],
): Promise<Partial<Record<Name, string>>> {
  const given = await query;
  const read: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = given[name];
    if (typeof value === "string" && value !== "") read[name] = value;
  }
  return read;
}
