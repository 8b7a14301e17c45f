/** Invented people: every first name with every last name, in an order in which neighbours do not look alike. */
const FIRST_NAMES = "Ada Bram Chidi Dana Elif Farid Greta Hugo Ines Jonas Kaya Liam Mina Noor Otis".split(" ");
const LAST_NAMES =
  "Abbot Berger Castillo Dunne Eriksen Fontaine Garcia Haddad Ivanova Jansen Kimura Lindt Moreau Nowak Okafor Petit".split(
    " ",
  );

export interface InventedPerson {
  name: string;
  firstName: string;
  lastName: string;
  /** An address that reaches nobody: example.com is reserved. */
  email: string;
}

/** The `index`-th invented person. Nobody comes twice; from 240 on only the address tells them apart. */
export function inventPerson(index: number): InventedPerson {
  const firstName = FIRST_NAMES[index % FIRST_NAMES.length] ?? "";
  const lastName = LAST_NAMES[index % LAST_NAMES.length] ?? "";
  const email = `${firstName}.${lastName}.${index + 1}@example.com`.toLowerCase();
  return { name: `${firstName} ${lastName}`, firstName, lastName, email };
}
