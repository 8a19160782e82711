// What session protection costs: a whole request of 4 KB decided with it and without, by who asks, and the memory of 100,000 sessions. CPU
// time, all in turns within each round, the median of the rounds with the spread. Run: node --expose-gc bench/session-guard.ts [rounds]
import { randomBytes } from "node:crypto";
import { parseConfig } from "../src/config/load.ts";
import { routingOf } from "../src/config/routing-of.ts";
import { sessionsInMemory } from "../src/request/guard/session-store.ts";
import { hashOfId } from "../src/request/policy/id-hash.ts";
import { type Routing, routeBody } from "../src/request/routing/routing.ts";
import { agentBody } from "./agent-bodies.ts";
import { printTable, type Spread, shown, spreadOf } from "./table.ts";

const RUNS = 5000;
const SESSIONS = 100_000;
const BYTES = 4 << 10;
const PRICES = "tiers: [{ name: weak, price: { inputPerMTok: 1 } }, { name: strong, price: { inputPerMTok: 5 } }]";

const routing = (more: string): Routing => routingOf(parseConfig(`${PRICES}\n${more}`, "bench"), { sessions: sessionsInMemory() });
const MODES = { off: routing("session: { protect: off }"), locks: routing("session: { protect: locks }"), full: routing("") } as const;
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];

const agents = agentBody("messages", BYTES);
const chat = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: "What is this? ".repeat(BYTES / 14) }] }));
const ids = Array.from({ length: 1000 }, () => randomBytes(16).toString("hex"));

interface Case {
  readonly name: string;
  readonly body: Buffer;
  readonly idOf: (run: number) => string | undefined;
}

const CASES: readonly Case[] = [
  { name: "an agent's, with a session's id in a header", body: agents, idOf: (run) => ids[run % ids.length] },
  { name: "an agent's, without an id", body: agents, idOf: () => undefined },
  { name: "a chat, with a session's id in a header", body: chat, idOf: (run) => ids[run % ids.length] },
  { name: "a chat, without an id", body: chat, idOf: () => undefined },
];

/** By CPU time of this process, so that a busy neighbour counts less. */
function microsEach(mode: Mode, { body, idOf }: Case): number {
  const before = process.cpuUsage();
  for (let run = 0; run < RUNS; run++) {
    const id = idOf(run);
    routeBody(MODES[mode], body, { get: (name) => (name === ":path" ? "/v1/messages" : name === "x-session-id" ? id : undefined) });
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / RUNS;
}

function measured(one: Case, rounds: number): readonly Spread[] {
  const times = new Map<Mode, number[]>(NAMES.map((mode) => [mode, []]));
  for (let round = -2; round < rounds; round++) {
    for (const mode of NAMES) {
      const micros = microsEach(mode, one);
      if (round >= 0) times.get(mode)?.push(micros);
    }
  }
  const off = times.get("off") ?? [];
  return [
    spreadOf(off),
    ...NAMES.slice(1).map((mode) => spreadOf((times.get(mode) ?? []).map((micros, i) => micros - (off[i] ?? Number.NaN)))),
  ];
}

function memoryOf(tiers: readonly string[]): number {
  const used = () => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const store = sessionsInMemory();
  for (let at = 0; at < SESSIONS; at++) {
    for (const tier of tiers) store.acted(hashOfId(`${at}`), { tier, inputTokens: at, isQuestion: true, willRefer: false, atMs: at });
  }
  const bytes = used() - before;
  const known = Array.from({ length: SESSIONS }, (_, at) => store.find(hashOfId(`${at}`), tiers)).filter(Boolean).length;
  console.log(`${known} of ${SESSIONS} sessions known, ${tiers.length} tiers: ${(bytes / 1e6).toFixed(1)} MB`);
  return bytes;
}

const rounds = Number(process.argv[2] ?? 15);
console.log("A request decided, in µs, and what protection adds: median [min–max]");
printTable(
  ["request", ...NAMES],
  CASES.map((one) => [one.name, ...measured(one, rounds).map(shown)]),
);
memoryOf(["weak", "strong"]);
memoryOf(Array.from({ length: 32 }, (_, at) => `tier ${at}`));
