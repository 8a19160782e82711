// Ten thousand requests at once, in four processes, against ten dollars in one store; then with two of the processes killed in the middle,
// and with everything that ended told three times over.
import { type ChildProcess, fork } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StateConnection } from "../../src/state/connection.ts";
import { LIMIT_STORE_TIMES } from "../../src/state/limit-store.ts";
import { limitsInRedis } from "../../src/state/limits-in-redis.ts";
import { flatBatch } from "../support/limit-batch.ts";
import { connected, type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";
import { chargeOf, leastOf, type Request } from "./admitted-request.ts";
import type { AdmitterReport, AdmitterTask } from "./limit-admitter.ts";

const PROCESSES = 4;
const LIMIT = 10_000_000; // micro-dollars
const SHARE = 0.02;
const TIMES = { ...LIMIT_STORE_TIMES, reserveMs: 2000, leaseMs: 1000 };
const PROGRAM = new URL("limit-admitter.ts", import.meta.url);
/** Of 1,000 to 3,996 micro-dollars each: there is room for less than half of them. */
const REQUESTS: readonly Request[] = Array.from({ length: 10_000 }, (_, at) => {
  const reserve = 1000 + ((at * 7919) % 2997);
  return { id: String(at), reserve, actual: reserve - ((at * 31) % 500) };
});
const requestsOf = (ids: readonly string[]) => ids.map((id) => REQUESTS[Number(id)] as Request);
const actualOf = (ids: readonly string[]) => requestsOf(ids).reduce((total, { actual }) => total + actual, 0);
const leastOfAll = (ids: readonly string[]) => requestsOf(ids).reduce((total, request) => total + leastOf(request), 0);

interface Admitter {
  readonly child: ChildProcess;
  readonly admitted: string[];
  readonly ended: Promise<void>;
  isReady: boolean;
  isDone: boolean;
}

function start(task: AdmitterTask): Admitter {
  const child = fork(PROGRAM);
  const admitted: string[] = [];
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const admitter = { child, admitted, ended, isReady: false, isDone: false };
  child.on("message", (message) => {
    const report = message as AdmitterReport;
    if (report === "done") admitter.isDone = true;
    else if (report === "ready") admitter.isReady = true;
    else admitted.push(...report.admitted);
  });
  child.send(task);
  return admitter;
}

describe.each(storePrograms())("four processes and %s", (program) => {
  let server: StoreServer;
  let connection: StateConnection;
  beforeAll(async () => {
    server = await startStore(program);
    connection = await connected(server.url);
  });
  afterAll(async () => {
    await connection.close();
    await server.close();
  });

  const startAll = async (account: string) => {
    const admitters = Array.from({ length: PROCESSES }, (_, at) => {
      const requests = REQUESTS.filter((_request, index) => index % PROCESSES === at);
      return start({ url: server.url, name: `${account}-${at}`, account, limit: LIMIT, share: SHARE, requests, times: TIMES });
    });
    await waitFor("all to be connected", () => admitters.every(({ isReady }) => isReady), 30_000);
    for (const { child } of admitters) child.send("go");
    return admitters;
  };
  const standing = async (account: string, lease = 0, settles = [] as readonly Request[]) => {
    const store = limitsInRedis(connection, TIMES);
    const charges = settles.map((request) => chargeOf(request, account, request.actual));
    const wants = [{ account, limit: LIMIT, lease, expiresAtMs: Date.now() + 3_600_000 }];
    const [first] = await store.exchange(flatBatch({ replica: "the test", reserves: [], settles: charges, wants }));
    if (first === undefined) throw new Error("no standing");
    return first;
  };

  test("admit no more than the limit, nearly all of it, and account for each request once, however often it is told", async () => {
    const admitters = await startAll("whole");
    let most = 0;
    await waitFor(
      "all to have admitted what they can",
      async () => {
        const { used, reserved, leasedByOthers } = await standing("whole");
        most = Math.max(most, used + reserved + leasedByOthers);
        return admitters.every(({ isDone }) => isDone);
      },
      60_000,
    );
    await Promise.all(admitters.map(({ ended }) => ended));
    const admitted = admitters.flatMap((each) => each.admitted);
    expect(new Set(admitted).size).toBe(admitted.length);
    expect(most).toBeLessThanOrEqual(LIMIT);
    const spent = actualOf(admitted);
    expect(spent).toBeLessThanOrEqual(LIMIT);
    expect(spent).toBeGreaterThan(0.98 * LIMIT);
    expect(await standing("whole", 0, requestsOf(admitted))).toMatchObject({ used: spent, reserved: 0, leasedByOthers: 0, leased: 0 });
  });

  test("two of them killed in the middle: what they held falls back, what they reserved is settled at its least", async () => {
    const admitters = await startAll("killed");
    const victims = admitters.slice(0, 2);
    await waitFor("a third of it to be admitted", async () => (await standing("killed")).used > LIMIT / 3, 30_000);
    for (const { child } of victims) child.kill("SIGKILL");
    const killedAt = performance.now();
    await Promise.all(victims.map(({ ended }) => ended));
    await waitFor("the survivors to end", () => admitters.slice(2).every(({ isDone }) => isDone), 60_000);
    const healed = await waitFor("the accounts to heal", async () => {
      const now = await standing("killed");
      return now.reserved === 0 && now.leasedByOthers === 0 && now;
    });
    expect(performance.now() - killedAt).toBeLessThan(TIMES.reserveMs + 20_000); // the survivors' own time is in it
    const survived = actualOf(admitters.slice(2).flatMap(({ admitted }) => admitted));
    const [least, most] = [leastOfAll, actualOf].map((of) => survived + of(victims.flatMap(({ admitted }) => admitted)));
    expect(healed.used).toBeLessThanOrEqual(LIMIT);
    expect(healed.used).toBeGreaterThan((least ?? 0) - 2 * SHARE * LIMIT); // what a victim admitted and had not yet told
    expect(healed.used).toBeLessThanOrEqual(most ?? 0);
    expect((await standing("killed", LIMIT)).leased).toBe(LIMIT - healed.used);
  });
});
