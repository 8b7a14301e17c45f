/**
 * How many leads an invocation may still ask about, shared by workspaces that run at once. Exact: what a page did not
 * need goes back to whoever waits for it.
 */
export class LeadBudget {
  private outstanding = 0;
  private waiting: (() => void)[] = [];

  constructor(private left: number) {}

  /** Up to `wanted` leads; 0 when the budget is spent for good. Each reservation has to be settled. */
  async reserve(wanted: number): Promise<number> {
    while (this.left === 0 && this.outstanding > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const granted = Math.min(wanted, this.left);
    this.left -= granted;
    this.outstanding += granted;
    return granted;
  }

  /** Gives back what was reserved and not used. */
  settle(granted: number, used: number): void {
    this.outstanding -= granted;
    this.left += granted - used;
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }
}
