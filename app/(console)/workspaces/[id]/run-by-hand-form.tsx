import { Card } from "@/app/_components/card";
import { Select } from "@/app/_components/filter";
import { Submit } from "@/app/_components/submit";
import { reconcileWorkspace } from "../actions";

/** Starts a dry run of reconcile for one workspace; its page shows what would change, and can apply it. */
export function RunByHandForm({ clientId }: { clientId: string }) {
  return (
    <Card
      title="Reconcile by hand"
      note="Asks the providers now and works out every change without writing one. Its page shows them, and applies them if you say so."
    >
      <form action={reconcileWorkspace} className="flex flex-wrap items-end gap-3">
        <input type="hidden" name="clientId" value={clientId} />
        <input type="hidden" name="mode" value="dry" />
        <Select
          name="everybody"
          label="Which leads"
          value="no"
          choices={[
            { value: "no", label: "those that are due" },
            { value: "yes", label: "all that matter, due or not" },
          ]}
        />
        <Select
          name="leadsMax"
          label="How many at most"
          value="50"
          choices={[20, 50, 200, 1000].map((count) => ({ value: String(count), label: String(count) }))}
        />
        <Submit busy="Asking the providers …" tone="primary">
          Dry run
        </Submit>
      </form>
    </Card>
  );
}
