import type { Metadata } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Leadline", template: "%s · Leadline" },
  description: "Keeps the lead records of a multi-workspace CRM true.",
  robots: { index: false, follow: false },
};

/** The theme is the browser's, unless somebody chose one: known before the first byte, so that nothing flashes. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const chosen = (await cookies()).get("leadline_theme")?.value;
  const theme = chosen === "light" || chosen === "dark" ? chosen : undefined;
  return (
    <html lang="en" data-theme={theme}>
      <body>{children}</body>
    </html>
  );
}
