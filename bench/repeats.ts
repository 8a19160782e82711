// What a question costs that is told to the other processes, so that whoever gave an answer before finds what it asks for again: CPU of
// all of them together, telling, hearing and looking, by the sockets of `serve --processes` and, as replicas do, over a store, without the
// store's own. All run in this process, each with as many users as it remembers; every second question is one of theirs, and about
// something else. For the store it needs redis-server or valkey-server. Run: node bench/repeats.ts
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Outcome } from "../src/outcome/join/outcome.ts";
import type { SiblingDeps } from "../src/outcome/join/siblings.ts";
import { createRepeats, MAX_USERS } from "../src/outcome/signals/repeats.ts";
import { openReplicaLink } from "../src/processes/replica-link.ts";
import { openSiblings } from "../src/processes/sibling-link.ts";
import { type Question, sketchOf } from "../src/request/routing/asked.ts";
import { connected, startStore, storePrograms } from "../test/support/store-server.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const COUNTS = [2, 4];
const LOADS = { "1,000 a second": 1000, "10,000 a second": 10_000 };
const TICK_MS = 10;
const LAST_MS = 400; // until what was told last is heard

interface Link {
  asked(question: Question): void;
  close(): Promise<void>;
}

/** By place: each tells the others. */
type Open = (place: number, count: number, deps: SiblingDeps) => Promise<Link>;

export async function benchRepeats(rounds = 5, secondsPerCell = 3): Promise<void> {
  const [program] = storePrograms();
  const store = program === undefined ? undefined : await startStore(program);
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const bySockets: Open = (index, count, deps) => openSiblings({ folder, index, count }, deps);
  const ways = { sockets: bySockets, ...(store && { "a store": overStore(store.url) }) };
  const rows: string[][] = [];
  for (const count of COUNTS) {
    for (const [way, open] of Object.entries(ways)) {
      const heard = { questions: 0, repeats: 0 };
      const links = await Promise.all(Array.from({ length: count }, (_, place) => open(place, count, hearing(heard))));
      const cells: string[] = [];
      for (const perSecond of Object.values(LOADS)) {
        const used: number[] = [];
        for (let round = -1; round < rounds; round++) {
          const idle = await cpuOf(() => tell(links, 0, secondsPerCell));
          const [before, told] = [heard.questions, perSecond * secondsPerCell];
          const busy = await cpuOf(() => tell(links, perSecond, secondsPerCell));
          if (heard.questions - before !== told * (count - 1)) throw new Error(`${heard.questions - before} heard of ${told} told`);
          if (round >= 0) used.push((busy - idle) / told); // the first round warms up
        }
        cells.push(shown(spreadOf(used)));
      }
      rows.push([`${count} processes, ${way}`, ...cells]);
      if (heard.repeats > 0) throw new Error("another question was taken for a repeat");
      for (const link of links) await link.close();
    }
  }
  rmSync(folder, { recursive: true });
  await store?.close();
  console.log(`\nQuestions told to other processes, CPU µs of all for each (${rounds} rounds): median [min–max]`);
  printTable(["", ...Object.keys(LOADS)], rows);
}

function overStore(url: string): Open {
  return async (_place, _count, deps) => {
    const connection = await connected(url);
    const link = openReplicaLink(connection, { ...deps, rated: () => ({ kind: "unknown" }), session() {} });
    return {
      asked: link.asked,
      async close() {
        await link.close();
        await connection.close();
      },
    };
  };
}

const sketched = (text: string) => sketchOf(Buffer.from(text)) as Int8Array<ArrayBuffer>;
const ANSWERED = sketched("How do I reverse a linked list in Python without another list?");
const ASKED = sketched("Which wine goes with a mushroom risotto, and which one does not?");
const AT = Date.now();

function hearing(heard: { questions: number; repeats: number }): SiblingDeps {
  const repeats = createRepeats();
  for (let by = 0; by < MAX_USERS; by++) repeats.repeated(weakAnswerFor(by), undefined);
  return {
    take: () => false,
    nobodys() {},
    reading() {},
    read() {},
    discarded() {},
    learned() {},
    asked(question) {
      heard.questions++;
      if (repeats.askedAgain(question) !== undefined) heard.repeats++;
    },
  };
}

function weakAnswerFor(by: number): Outcome {
  const asked = { by, sketch: ANSWERED.slice(), message: 0 };
  const decided = { decision: { tier: "weak", policy: "main", reason: "under-thresholds" }, measured: { asked, turns: 1 } };
  const served = { tier: "weak", status: 200, startedAtMs: AT, durationMs: 1000 };
  return { requestId: `of ${by}`, decided, served } as unknown as Outcome; // what is looked at
}

async function tell(links: readonly Link[], perSecond: number, seconds: number): Promise<void> {
  let told = 0;
  for (let tick = 1; tick <= (seconds * 1000) / TICK_MS; tick++) {
    for (; told < (perSecond * tick * TICK_MS) / 1000; told++) {
      const by = told % 2 === 0 ? told % MAX_USERS : -told;
      links[told % links.length]?.asked({ asked: { by, sketch: ASKED, message: 0 }, turns: 1, startedAtMs: AT + 60_000 });
    }
    await sleep(TICK_MS);
  }
  await sleep(LAST_MS);
}

/** µs of this process, system calls included. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchRepeats();
