import Link from "next/link";

export const metadata = { title: "Not found" };

/** Says the same whatever was asked for: what exists is nobody's business who has not signed in. */
export default function NotFound() {
  return (
    <main id="main" className="mx-auto grid max-w-xl gap-3 px-5 py-16">
      <h1 className="text-xl font-semibold">There is nothing here</h1>
      <p className="text-muted">The address is wrong, or what it named is gone.</p>
      <p>
        <Link href="/" className="text-accent underline">
          To the overview
        </Link>
      </p>
    </main>
  );
}
