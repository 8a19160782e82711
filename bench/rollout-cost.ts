// What a rollout costs on the way of a request: a chat of 1 KB decided by one policy, and by two with the split between them. CPU time,
// both in turns within each round, the median of the rounds with the spread. Run: node bench/rollout-cost.ts [rounds]
import { parseConfig } from "../src/config/load.ts";
import { routingOf } from "../src/config/routing-of.ts";
import { sessionsInMemory } from "../src/request/guard/session-store.ts";
import { type Routing, routeBody } from "../src/request/routing/routing.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const RUNS = 20_000;
const POLICIES: Readonly<Record<string, string>> = {
  "threshold v7": "{ type: threshold, preset: v7 }",
  "threshold, other limits": "{ type: threshold, maxChars: 500, maxTurns: 4 }",
  rules:
    "{ type: rules, rules: [{ name: code, match: { keywords: [stack trace, exception] }, tier: strong }, " +
    "{ name: long, match: { minChars: 900 }, tier: strong }] }",
};

function routing(active: string, candidate?: string): Routing {
  const policies = `policies: { main: ${POLICIES[active]}${candidate === undefined ? "" : `, next: ${POLICIES[candidate]}`} }`;
  const rollout = candidate === undefined ? "" : "rollout: { candidate: next }";
  const rolloutStands = () => ({ share: 0.5, isOver: false });
  return routingOf(parseConfig(`active: main\n${policies}\n${rollout}`, "bench"), { sessions: sessionsInMemory(), rolloutStands });
}

const text = "Could you tell me how the weather will be tomorrow, and what I should wear for a walk along the river? ";
const body = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: text.repeat(9).slice(0, 950) }] }));
const ids = Array.from({ length: 1000 }, (_, i) => `6f1c${i}-9b2e-4c55-8d1a-000000000000`);

/** By CPU time of this process, so that a busy neighbour counts less. */
function microsEach(one: Routing): number {
  const before = process.cpuUsage();
  for (let run = 0; run < RUNS; run++) {
    const id = ids[run % ids.length];
    routeBody(one, body, { get: (name) => (name === ":path" ? "/v1/chat/completions" : name === "x-request-id" ? id : undefined) });
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / RUNS;
}

const rounds = Number(process.argv[2] ?? 15);
const rows = [];
for (const [active, candidate] of [
  ["threshold v7", "threshold, other limits"],
  ["threshold v7", "rules"],
] as const) {
  const [one, two] = [routing(active), routing(active, candidate)];
  const times: { readonly one: number; readonly two: number }[] = [];
  for (let round = -2; round < rounds; round++) {
    const measured = { one: microsEach(one), two: microsEach(two) };
    if (round >= 0) times.push(measured);
  }
  const ratio = spreadOf(times.map((time) => time.two / time.one));
  rows.push([
    `${active} → ${candidate}`,
    shown(spreadOf(times.map((time) => time.one))),
    shown(spreadOf(times.map((time) => time.two))),
    shown(ratio),
  ]);
}
console.log(`${body.length} bytes, ${RUNS} requests a round, ${rounds} rounds`);
printTable(["", "one policy, µs", "two and the split, µs", "ratio"], rows);
