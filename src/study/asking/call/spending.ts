// A hard cap on what a run may cost: what is being asked counts as foreseen until it is known, and nothing starts that could go over.

export class Spending {
  readonly #cap: number; // dollars
  #spent = 0;
  #reserved = 0;
  #waiting: (() => void)[] = [];

  constructor(cap: number, spentBefore = 0) {
    this.#cap = cap;
    this.#spent = spentBefore;
  }

  get spent(): number {
    return this.#spent;
  }

  /** False: it does not fit any more, whatever those under way will come to. Waits where it may yet fit. */
  async reserve(dollars: number): Promise<boolean> {
    while (this.#spent + this.#reserved + dollars > this.#cap) {
      if (this.#reserved === 0 || this.#spent + dollars > this.#cap) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#reserved += dollars;
    return true;
  }

  settle(reserved: number, spent: number): void {
    this.#reserved = Math.max(0, this.#reserved - reserved);
    this.#spent += spent;
    const woken = this.#waiting;
    this.#waiting = [];
    for (const wake of woken) wake();
  }
}
