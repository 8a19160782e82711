// A request of the processes that admit against one limit, and what it is charged.
import type { RequestCharge } from "../../src/state/limit-batch.ts";

export interface Request {
  readonly id: string;
  readonly reserve: number;
  readonly actual: number;
}

export function chargeOf(request: Request, account: string, amount: number): RequestCharge {
  return { requestId: `${account}-${request.id}`, amounts: [{ account, amount, atLeast: leastOf(request) }] };
}

/** What it cost at least: its input. */
export function leastOf({ reserve }: Request): number {
  return Math.floor(reserve / 4);
}
