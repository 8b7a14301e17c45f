"use server";

import { redirect } from "next/navigation";
import { endSession, requireOperator } from "@/app/_session/operator";

/** Ends the session of this browser. */
export async function signOut(): Promise<void> {
  await requireOperator();
  await endSession();
  redirect("/sign-in");
}
