import type { ReactNode } from "react";
import { Button } from "./button";

/** A form of filters that writes them into the address: a filtered list can be kept, shared and gone back to. */
export function FilterForm({ path, label, children }: { path: string; label: string; children: ReactNode }) {
  return (
    <search aria-label={label}>
      <form action={path} method="get" className="flex flex-wrap items-end gap-3">
        {children}
        <Button type="submit">Show</Button>
      </form>
    </search>
  );
}

export interface Choice {
  value: string;
  label: string;
}

export function Select(props: { name: string; label: string; value: string | undefined; choices: readonly Choice[] }) {
  return (
    <label className="grid gap-1 text-sm text-muted">
      {props.label}
      <select
        name={props.name}
        defaultValue={props.value ?? ""}
        className="min-h-9 max-w-56 rounded border border-line-strong bg-surface px-2 py-1 text-base text-ink"
      >
        {props.choices.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
