// What a batch of a limit store must be: integers, none of them negative. A float that crept in would be a bug of the caller, found here.
import type { LimitBatch, RequestCharge } from "./limit-store.ts";

/** Money is micro-dollars: this is a hundred million dollars. */
const MOST = 1e14;

export function assertWhole({ reserves, settles, wants }: LimitBatch): void {
  for (const charge of reserves) assertCharge(charge);
  for (const charge of settles) assertCharge(charge);
  for (const { account, limit, lease } of wants) {
    assertAmount(limit, account);
    assertAmount(lease, account);
  }
}

function assertCharge({ amounts }: RequestCharge): void {
  for (const { account, amount, atLeast } of amounts) {
    assertAmount(amount, account);
    assertAmount(atLeast, account);
  }
}

function assertAmount(amount: number, account: string): void {
  if (Number.isInteger(amount) && amount >= 0 && amount <= MOST) return;
  throw new Error(`invariant: amounts of limits are whole and not negative; ${account} was given ${amount}`);
}
