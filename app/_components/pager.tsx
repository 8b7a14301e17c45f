import Link from "next/link";
import { buttonClass } from "./button";

/**
 * The way through a list that is paged by key: onwards and back to its beginning. There are no page numbers, because
 * rows come and go while one reads.
 */
export function Pager({
  path,
  query,
  next,
}: {
  path: string;
  query: Record<string, string | undefined>;
  next: string | null;
}) {
  const { after, ...filters } = query;
  if (next === null && after === undefined) return null;
  return (
    <nav aria-label="Pages of this list" className="mt-4 flex gap-3">
      {after !== undefined && (
        <Link className={buttonClass()} href={hrefOf(path, filters)}>
          To the beginning
        </Link>
      )}
      {next !== null && (
        <Link className={buttonClass()} href={hrefOf(path, { ...filters, after: next })}>
          Further
        </Link>
      )}
    </nav>
  );
}

/** A path with those parameters that have a value. */
export function hrefOf(path: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, value]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
