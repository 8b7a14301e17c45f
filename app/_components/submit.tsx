"use client";

import type { ReactNode } from "react";
import { useFormStatus } from "react-dom";
import { Button, type ButtonTone } from "./button";

/** The button of a form. It says what is going on while the server works, and cannot be pressed twice. */
export function Submit({ children, busy, tone }: { children: ReactNode; busy: string; tone?: ButtonTone }) {
  const { pending } = useFormStatus();
  return (
    <Button type="submit" tone={tone ?? "plain"} disabled={pending} aria-live="polite">
      {pending ? busy : children}
    </Button>
  );
}
