import { TextLink } from "@/app/_components/text-link";

/** What an operator asked for does not exist, or not any more. */
export default function NotFound() {
  return (
    <div className="mx-auto grid max-w-xl gap-3 py-12">
      <h1 className="text-xl font-semibold">There is nothing here</h1>
      <p className="text-muted">The address is wrong, or what it named was deleted.</p>
      <p>
        <TextLink href="/">To the overview</TextLink>
      </p>
    </div>
  );
}
