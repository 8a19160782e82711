// What a request that is reserved and settled costs this process, in memory and in a Redis or Valkey beside it, by how many requests share
// an exchange. `node bench/limit-store.ts`; it needs redis-server or valkey-server.

import type { RequestCharge } from "../src/state/limit-batch.ts";
import type { LimitStore } from "../src/state/limit-store.ts";
import { limitsInMemory } from "../src/state/limits-in-memory.ts";
import { limitsInRedis } from "../src/state/limits-in-redis.ts";
import { flatBatch } from "../test/support/limit-batch.ts";
import { connected, startStore, storePrograms } from "../test/support/store-server.ts";

const BATCHES = [1, 5, 20, 50, 200];
const REQUESTS = 20_000;
const ACCOUNTS = ["{daily}:whole:2026-11-29", "{daily}:team-a:2026-11-29"];

let last = 0;

function chargesOf(ids: readonly number[], amount: number): RequestCharge[] {
  return ids.map((id) => ({
    requestId: `${id}-0b54-4c39-8b1a-9f6a6a1b8f4e`,
    amounts: ACCOUNTS.map((account) => ({ account, amount, atLeast: 1 })),
  }));
}

/** Microseconds of CPU a request, ours only. */
async function cpuOf(store: LimitStore, batch: number): Promise<number> {
  const wants = ACCOUNTS.map((account) => ({ account, limit: 1e13, lease: 1e6, expiresAtMs: Date.now() + 86_400_000 }));
  let before: readonly number[] = [];
  const round = async () => {
    const ids = Array.from({ length: batch }, () => last++);
    const charges = { reserves: chargesOf(ids, 2000), settles: chargesOf(before, 1500) };
    await store.exchange(flatBatch({ replica: "bench", ...charges, wants }));
    before = ids;
  };
  for (let warm = 0; warm < 2000 / batch; warm++) await round();
  const begun = process.cpuUsage();
  for (let done = 0; done < REQUESTS; done += batch) await round();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / REQUESTS;
}

function print(name: string, figures: readonly number[]): void {
  console.log(name.padEnd(15), ...figures.map((figure) => figure.toFixed(1).padStart(7)));
}

console.log("µs of CPU a request, reserved and settled in two accounts, by requests in an exchange");
print("requests", BATCHES);
const plain: number[] = [];
for (const batch of BATCHES) plain.push(await cpuOf(limitsInMemory(), batch));
print("memory", plain);
for (const program of storePrograms()) {
  const server = await startStore(program);
  const connection = await connected(server.url);
  const figures: number[] = [];
  for (const batch of BATCHES) figures.push(await cpuOf(limitsInRedis(connection), batch));
  print(program, figures);
  const bytes = /used_memory:(\d+)/.exec(String(await connection.send(["INFO", "memory"])))?.[1];
  console.log(`${program} holds ${(Number(bytes) / 1e6).toFixed(0)} MB after ${last} requests`);
  await connection.close();
  await server.close();
}
