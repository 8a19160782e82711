// One of several processes that admit requests against one limit in a store, as simply as may be: it leases a share, admits from what it
// holds, and gives up when nothing is left for anybody. Its parent is told of each request that was admitted, before it counts.
import type { StateConnection } from "../../src/state/connection.ts";
import type { RequestCharge } from "../../src/state/limit-batch.ts";
import type { AccountStanding, LimitStoreTimes } from "../../src/state/limit-store.ts";
import { limitsInRedis } from "../../src/state/limits-in-redis.ts";
import { type BatchByRequest, flatBatch } from "../support/limit-batch.ts";
import { connected } from "../support/store-server.ts";
import { chargeOf, type Request } from "./admitted-request.ts";

export interface AdmitterTask {
  readonly url: string;
  readonly name: string;
  readonly account: string;
  readonly limit: number;
  readonly share: number; // of the limit, at most leased at once
  readonly requests: readonly Request[];
  readonly times: LimitStoreTimes;
}

export type AdmitterReport = { readonly admitted: readonly string[] } | "ready" | "done";

process.once("message", (message) => void prepare(message as AdmitterTask));

/** All begin at one moment: when their parent says so. */
async function prepare(task: AdmitterTask): Promise<void> {
  const connection = await connected(task.url);
  process.once("message", () => void admit(task, connection));
  say("ready");
}

async function admit({ name, account, limit, share, requests, times }: AdmitterTask, connection: StateConnection): Promise<void> {
  const store = limitsInRedis(connection, times);
  const expiresAtMs = Date.now() + 3_600_000;
  const waiting = [...requests]; // all of them at once
  const running: Request[] = [];
  let held = 0;
  let reserves: RequestCharge[] = [];
  for (;;) {
    const admitted: string[] = [];
    while ((waiting.at(-1)?.reserve ?? Number.POSITIVE_INFINITY) <= held && admitted.length < 40) {
      const request = waiting.pop() as Request;
      held -= request.reserve;
      running.push(request);
      reserves.push(chargeOf(request, account, request.reserve));
      admitted.push(request.id);
    }
    if (admitted.length > 0) say({ admitted });
    const ended = running.splice(0, running.length > 200 || admitted.length === 0 ? 40 : 0);
    const settles = ended.map((request) => chargeOf(request, account, request.actual));
    const wants = [{ account, limit, lease: waiting.length > 0 ? Math.floor(limit * share) : 0, expiresAtMs }];
    const standing = await exchanged({ replica: name, reserves, settles: [...settles, ...settles], wants });
    reserves = [];
    held = standing.leased;
    const isSpent = standing.leased === 0 && standing.leasedByOthers === 0 && standing.reserved === 0;
    if (running.length === 0 && (waiting.length === 0 || isSpent || held < (waiting.at(-1)?.reserve ?? 0))) break;
  }
  await exchanged({ replica: name, reserves: [], settles: [], wants: [{ account, limit, lease: 0, expiresAtMs }] });
  say("done");
  await connection.close();
  process.disconnect();

  async function exchanged(batch: BatchByRequest): Promise<AccountStanding> {
    const [standing] = await store.exchange(flatBatch(batch));
    if (standing === undefined) throw new Error("invariant: a want has its standing");
    return standing;
  }
}

function say(report: AdmitterReport): void {
  process.send?.(report);
}
