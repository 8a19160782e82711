// What a batch of a limit store says, request by request; and what it must be: whole numbers, none of them negative. A float that crept in
// would be a bug of the caller, found here.
import type { Charges, LimitBatch } from "./limit-store.ts";

/** Money is micro-dollars: this is a hundred million dollars. */
const MOST = 1e14;

/** Of a charge's numbers, for each account. */
export const [RESERVE_NUMBERS, SETTLE_NUMBERS] = [3, 2];

export interface RequestCharge {
  readonly requestId: string;
  readonly amounts: readonly { readonly account: string; readonly amount: number; readonly atLeast: number }[];
}

/** `each`: how many numbers there are of an account. */
export function* chargesIn({ ids, numbers }: Charges, accounts: readonly string[], each: number): Generator<RequestCharge> {
  let at = 0;
  for (const requestId of ids) {
    const amounts: RequestCharge["amounts"][number][] = [];
    for (const end = endOf(numbers, at++, each); at < end; at += each) {
      const [place = 0, amount = 0, atLeast = amount] = numbers.slice(at, at + each);
      amounts.push({ account: accounts[place] ?? "", amount, atLeast });
    }
    yield { requestId, amounts };
  }
}

/** Cuts charges into parts of at most so many. */
export function chargeCutter({ ids, numbers }: Charges, each: number): (most: number) => Charges {
  let [id, at] = [0, 0];
  return (most) => {
    const [firstId, first] = [id, at];
    for (; id < ids.length && id - firstId < most; id++) at = endOf(numbers, at, each);
    return { ids: ids.slice(firstId, id), numbers: numbers.slice(first, at) };
  };
}

function endOf(numbers: readonly number[], at: number, each: number): number {
  return at + 1 + each * (numbers[at] ?? 0);
}

export function assertWhole({ reserves, settles, wants }: LimitBatch): void {
  for (const amount of reserves.numbers) assertAmount(amount, "a reserve");
  for (const amount of settles.numbers) assertAmount(amount, "a settle");
  for (const { account, limit, lease } of wants) {
    assertAmount(limit, account);
    assertAmount(lease, account);
  }
}

function assertAmount(amount: number, of: string): void {
  if (Number.isInteger(amount) && amount >= 0 && amount <= MOST) return;
  throw new Error(`invariant: amounts of limits are whole and not negative; ${of} was given ${amount}`);
}
