"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

const REFRESH_EVERY_MS = 15_000;

/** Reads the page again now and then while somebody looks at it, until they switch that off. */
export function Live() {
  const router = useRouter();
  const [on, setOn] = useState(true);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") router.refresh();
    }, REFRESH_EVERY_MS);
    return () => clearInterval(timer);
  }, [on, router]);
  return (
    <label className="flex items-center gap-2 text-sm text-muted">
      <input type="checkbox" checked={on} onChange={(event) => setOn(event.target.checked)} className="accent-accent" />
      Keep up to date
    </label>
  );
}
