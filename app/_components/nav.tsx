"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "./cn";

const PAGES = [
  ["/", "Overview"],
  ["/runs", "Runs"],
  ["/workspaces", "Workspaces"],
  ["/mismatches", "Mismatches"],
  ["/follow-ups", "Follow-ups"],
  ["/response-times", "Response times"],
  ["/backfills", "Backfills"],
] as const;

/** The console's pages; the one that is open, or that the open one belongs to, is marked. */
export function Nav() {
  const path = usePathname();
  return (
    <nav aria-label="Console" className="overflow-x-auto">
      <ul className="flex gap-1">
        {PAGES.map(([href, name]) => {
          const open = href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
          return (
            <li key={href}>
              <Link
                href={href}
                prefetch={false}
                aria-current={open ? "page" : undefined}
                className={cn(
                  "block whitespace-nowrap border-b-2 px-2.5 py-2 text-muted hover:text-ink",
                  open ? "border-accent font-medium text-ink" : "border-transparent",
                )}
              >
                {name}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
