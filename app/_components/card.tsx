import { type ReactNode, useId } from "react";
import { cn } from "./cn";

/** A part of a page with a heading of its own, and a landmark for those who move by landmarks. */
export function Card(props: {
  title: string;
  children: ReactNode;
  aside?: ReactNode;
  note?: ReactNode;
  className?: string;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cn("min-w-0 rounded-lg border border-line bg-surface", props.className)}>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2.5">
        <h2 id={id} className="font-semibold">
          {props.title}
        </h2>
        {props.aside}
      </div>
      {props.note && <p className="px-4 pt-3 text-sm text-muted">{props.note}</p>}
      <div className="p-4">{props.children}</div>
    </section>
  );
}

/** Where a list has nothing to show: says so, and what would put something there. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="rounded border border-dashed border-line-strong px-4 py-6 text-center text-muted">{children}</p>;
}

/** Names and values, in as many columns as there is room for: two on a phone, elsewhere each as wide as an instant. */
export function Facts({ items }: { items: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-[repeat(auto-fill,minmax(11.75rem,1fr))]">
      {Object.entries(items).map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-sm text-muted">{name}</dt>
          <dd className="break-words font-medium tabular-nums max-sm:[&_.instant]:whitespace-normal">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function PageHeader({ title, children, aside }: { title: ReactNode; children?: ReactNode; aside?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="break-words text-xl font-semibold tracking-tight">{title}</h1>
        {children && <div className="mt-0.5 max-w-3xl text-muted">{children}</div>}
      </div>
      {aside}
    </div>
  );
}
