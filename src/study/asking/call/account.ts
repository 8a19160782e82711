// What a run has come to so far: requests, tokens, dollars, and failures by kind.
import type { Usage } from "../../../answer/usage/usage.ts";
import type { Failure } from "./call.ts";

export interface AccountFigures {
  readonly answers: number;
  readonly retries: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly dollars: number;
  readonly unpriced: number; // answers whose price is not known, or that do not say what they used
  readonly failures: Readonly<Partial<Record<Failure, number>>>; // requests without an answer in the end
  readonly lastFailure: string | undefined;
}

export class Account {
  #answers = 0;
  #retries = 0;
  #inputTokens = 0;
  #outputTokens = 0;
  #dollars = 0;
  #unpriced = 0;
  #failures: Partial<Record<Failure, number>> = {};
  #lastFailure: string | undefined;

  answered(usage: Usage | undefined, dollars: number | undefined): void {
    this.#answers++;
    this.#inputTokens += usage?.inputTokens ?? 0;
    this.#outputTokens += usage?.outputTokens ?? 0;
    this.#dollars += dollars ?? 0;
    if (dollars === undefined) this.#unpriced++;
  }

  retried(): void {
    this.#retries++;
  }

  failed(failure: Failure, detail: string): void {
    this.#failures[failure] = (this.#failures[failure] ?? 0) + 1;
    this.#lastFailure = detail;
  }

  get figures(): AccountFigures {
    return {
      answers: this.#answers,
      retries: this.#retries,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      dollars: this.#dollars,
      unpriced: this.#unpriced,
      failures: { ...this.#failures },
      lastFailure: this.#lastFailure,
    };
  }
}
