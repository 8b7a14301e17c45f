import type { Metadata } from "next";
import type { ReactNode } from "react";

export const metadata: Metadata = {
  title: "Leadline",
  description: "Keeps the lead records of a multi-workspace CRM true.",
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body style={{ margin: 0, colorScheme: "light dark", fontFamily: "system-ui, sans-serif", lineHeight: 1.5 }}>
        {children}
      </body>
    </html>
  );
}
