import { crons } from "@/vercel.json";

/** What this is, and which crons there are. */
export default function StartPage() {
  return (
    <main style={{ maxWidth: "42rem", margin: "0 auto", padding: "3rem 1.5rem" }}>
      <h1 style={{ margin: 0 }}>Leadline</h1>
      <p>
        Keeps the lead records of a multi-workspace CRM true. Webhooks tell it most things; crons find what webhooks
        lost.
      </p>
      <h2>Crons</h2>
      <table style={{ borderCollapse: "collapse" }}>
        <thead>
          <tr>
            <th style={CELL}>Path</th>
            <th style={CELL}>Schedule (UTC)</th>
          </tr>
        </thead>
        <tbody>
          {crons.map(({ path, schedule }) => (
            <tr key={path}>
              <td style={CELL}>
                <code>{path}</code>
              </td>
              <td style={CELL}>
                <code>{schedule}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        Each is called with <code>Authorization: Bearer &lt;CRON_SECRET&gt;</code> and answers in JSON what it found and
        changed. With <code>?dryRun=true</code> it says what it would do, and does nothing.
      </p>
    </main>
  );
}

const CELL = { padding: "0.25rem 1.5rem 0.25rem 0", textAlign: "left" } as const;
