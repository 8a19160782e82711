// What breakers and service levels cost: a whole request of 4 KB decided with them and without, where all tiers are well and where one is
// left; and what an outcome costs that they hear of. CPU time, in turns within each round, the median of the rounds with the spread.
// Run: node bench/health-guards.ts [rounds]
import { type TiersHealth, useHealth } from "../src/config/health-guards.ts";
import { parseConfig } from "../src/config/load.ts";
import { routingOf } from "../src/config/routing-of.ts";
import type { Outcome } from "../src/outcome/join/outcome.ts";
import { reportHealth } from "../src/outcome/join/tier-health.ts";
import { breakers } from "../src/request/guard/health/breakers.ts";
import { latencies } from "../src/request/guard/health/latencies.ts";
import { routeBody } from "../src/request/routing/routing.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const RUNS = 10_000;
const LEVELS = "tiers: [{ name: weak, provider: a, slo: { firstByteMs: 500 } }, { name: strong, provider: a, slo: { firstByteMs: 500 } }]";

const healthOf = (text: string): TiersHealth => {
  const deps = { now: () => performance.now(), random: Math.random, onChange() {} };
  const health = { breakers: breakers(deps), latencies: latencies(deps) };
  useHealth(parseConfig(text, "bench"), health);
  return health;
};
const on = `${LEVELS}\nbreaker: { opensForMs: 300000 }`;
const [well, open, late] = [healthOf(on), healthOf(on), healthOf(on)];
const size = { inputTokens: 1000, stream: false };
for (let failure = 0; failure < 20; failure++) open.breakers.ended("weak", true, performance.now());
for (let tokens = 1; tokens < 1e6; tokens *= 2) {
  for (let slow = 0; slow < 20; slow++)
    late.latencies.waited("weak", { ...size, inputTokens: tokens }, { ms: 9000, isOver: true }, performance.now());
}
const routing = (health?: TiersHealth) => routingOf(parseConfig(on, "bench"), health === undefined ? {} : { health });
const MODES = { off: routing(), "all well": routing(well), "weak's breaker open": routing(open), "weak late": routing(late) };
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];

const body = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: "What is this? ".repeat(290) }] }));
const headers = { get: (name: string) => (name === ":path" ? "/v1/chat/completions" : undefined) };

const outcome = {
  ...{ kind: "joined", requestId: "x", isChat: true, failure: undefined, cost: undefined },
  decided: { decision: { tier: "weak", policy: "main@v7", reason: "x" }, measured: size, made: { atMs: Date.now() } },
  served: { tier: "weak", fellBack: false, attempts: 1, status: 200, responseFlags: [], firstByteMs: 120, durationMs: 900 },
} as unknown as Outcome;

/** By CPU time of this process, so that a busy neighbour counts less. */
function microsEach(run: () => void): number {
  const before = process.cpuUsage();
  for (let at = 0; at < RUNS; at++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / RUNS;
}

const rounds = Number(process.argv[2] ?? 15);
const times = new Map<string, number[]>([...NAMES, "outcome"].map((name) => [name, []]));
for (let round = -2; round < rounds; round++) {
  for (const name of NAMES) {
    const micros = microsEach(() => routeBody(MODES[name], body, headers));
    if (round >= 0) times.get(name)?.push(micros);
  }
  const micros = microsEach(() => reportHealth(well, outcome, { epochMs: Date.now(), monotonicMs: performance.now() }));
  if (round >= 0) times.get("outcome")?.push(micros);
}
const off = times.get("off") ?? [];
const over = (name: Mode) => spreadOf((times.get(name) ?? []).map((micros, at) => micros - (off[at] ?? Number.NaN)));
console.log("A request decided, in µs, and what the guards add; an outcome they hear of: median [min–max]");
printTable(
  [...NAMES, "an outcome"],
  [[shown(spreadOf(off)), ...NAMES.slice(1).map((name) => shown(over(name))), shown(spreadOf(times.get("outcome") ?? []))]],
);
