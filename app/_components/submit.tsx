"use client";

import type { ReactNode } from "react";
import { useFormStatus } from "react-dom";
import { Button, type ButtonTone } from "./button";

/** Where it stands in a row with other things. */
const SMALL = "min-h-8 px-2 py-1 text-sm whitespace-nowrap";

/** The button of a form. It says what is going on while the server works, and cannot be pressed twice. */
export function Submit({
  children,
  busy,
  tone,
  small,
}: {
  children: ReactNode;
  busy: string;
  tone?: ButtonTone;
  small?: boolean;
}) {
  const { pending } = useFormStatus();
  return (
    <Button type="submit" tone={tone ?? "plain"} disabled={pending} aria-live="polite" className={small ? SMALL : ""}>
      {pending ? busy : children}
    </Button>
  );
}
