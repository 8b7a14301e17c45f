/** While a page reads what it shows. */
export default function Loading() {
  return (
    <p role="status" className="py-16 text-center text-muted">
      Reading …
    </p>
  );
}
