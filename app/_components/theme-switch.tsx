"use client";

import { useState } from "react";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** Light, dark, or as the system says. Kept in a cookie, so that the server knows it before it writes the page. */
export function ThemeSwitch({ chosen }: { chosen: Theme }) {
  const [theme, setTheme] = useState(chosen);
  const choose = (next: Theme) => {
    setTheme(next);
    if (next === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = next;
    const maxAge = next === "system" ? 0 : YEAR_SECONDS;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in browsers that are in use
    document.cookie = `leadline_theme=${next}; path=/; max-age=${maxAge}; samesite=lax`;
  };
  return (
    <label className="flex items-center gap-2 text-sm text-muted">
      Theme
      <select
        value={theme}
        onChange={(event) => choose(THEMES.find((name) => name === event.target.value) ?? "system")}
        className="rounded border border-line-strong bg-surface px-1.5 py-1 text-ink"
      >
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
