import Link from "next/link";
import type { ReactNode } from "react";

/** A link in a text or a table: underlined, because colour alone would not tell it from what is around it. */
export function TextLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link
      href={href}
      prefetch={false}
      className="text-accent underline decoration-line-strong underline-offset-3 hover:decoration-accent"
    >
      {children}
    </Link>
  );
}
