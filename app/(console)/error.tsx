"use client";

import { useEffect, useRef } from "react";
import { Button } from "@/app/_components/button";

/** A page could not be shown: what that means, and what to do. What went wrong stands in the server's log. */
export default function ConsoleError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div role="alert" className="mx-auto grid max-w-xl gap-3 py-12">
      <h1 ref={heading} tabIndex={-1} className="text-xl font-semibold outline-none">
        This page could not be read
      </h1>
      <p className="text-muted">
        The database did not answer, or answered something unexpected. Crons go on by themselves as soon as it does.
        {error.digest && (
          <>
            {" "}
            In the server’s log this failure has the number <code>{error.digest}</code>.
          </>
        )}
      </p>
      <div>
        <Button tone="primary" onClick={reset}>
          Try again
        </Button>
      </div>
    </div>
  );
}
