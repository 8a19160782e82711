// What the facts of an agent's action cost: of a body of 16 KB with tools and calls, in each format, how long its scan takes, and what is
// added by asking for each fact behind it. CPU time, all in turns within each round, the median of the rounds with the spread. Nothing is
// computed that is not asked for. Run: node bench/agent-facts.ts [rounds]
import { isUtf8 } from "node:buffer";
import { fileURLToPath } from "node:url";
import type { RequestFacts } from "../src/request/chat/facts.ts";
import { ChatScanner } from "../src/request/chat/scanner.ts";
import { sessionOf, turnOf } from "../src/request/policy/session.ts";
import { policyRequest } from "../src/request/routing/policy-request.ts";
import { AGENT_FORMATS, type AgentFormat, agentBody } from "./agent-bodies.ts";
import { printTable, type Spread, shown, spreadOf } from "./table.ts";

export interface AgentFactsRow {
  readonly format: AgentFormat;
  readonly bytes: number;
  readonly scanUs: Spread; // scan alone
  readonly addedUs: Readonly<Record<Asked, Spread>>; // to ask behind a scan
  readonly share: Spread; // of the scan that all of them together add, round by round
}

type Asked = keyof typeof ASKED;

const NO_HEADERS = { get: () => undefined };
const scanner = new ChatScanner({ keywords: [], scopes: ["last_user"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const requestOf = (facts: RequestFacts) => policyRequest(facts, scanner, NO_HEADERS);

/** What a rule, or a session, asks. */
const ASKED = {
  turn: (facts: RequestFacts) => turnOf(requestOf(facts)),
  toolLoop: (facts: RequestFacts) => facts.action.toolLoop,
  session: (facts: RequestFacts) => sessionOf(requestOf(facts)),
  repeats: (facts: RequestFacts) => facts.action.repeats,
  errors: (facts: RequestFacts) => facts.action.errors,
  all(facts: RequestFacts) {
    const { action } = facts;
    const request = requestOf(facts);
    return [turnOf(request), action.toolLoop, sessionOf(request), action.repeats, action.errors, facts.maxTokens];
  },
} as const;

const RUNS = 2000;

export function measureAgentFacts(rounds = 15): readonly AgentFactsRow[] {
  return AGENT_FORMATS.map((format) => {
    const body = agentBody(format, 16 << 10);
    const scanned = () => {
      const result = scanner.scan(body);
      if (result.kind !== "chat") throw new Error("not a chat");
      return result.facts;
    };
    const names = Object.keys(ASKED) as Asked[];
    const scans: number[] = [];
    const added = new Map<Asked, number[]>(names.map((name) => [name, []]));
    for (let round = -2; round < rounds; round++) {
      const scan = microsEach(scanned);
      const times = names.map((name) => microsEach(() => ASKED[name](scanned())));
      const again = microsEach(scanned);
      if (round < 0) continue; // the first warm up
      const base = (scan + again) / 2;
      scans.push(base);
      for (const [i, name] of names.entries()) added.get(name)?.push((times[i] ?? 0) - base);
    }
    const share = spreadOf((added.get("all") ?? []).map((micros, i) => micros / (scans[i] ?? Number.NaN)));
    const addedUs = Object.fromEntries(names.map((name) => [name, spreadOf(added.get(name) ?? [])])) as Record<Asked, Spread>;
    return { format, bytes: body.length, scanUs: spreadOf(scans), addedUs, share };
  });
}

/** By CPU time of this process, so that a busy neighbour counts less. */
function microsEach(work: () => unknown): number {
  const before = process.cpuUsage();
  for (let run = 0; run < RUNS; run++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / RUNS;
}

export function printAgentFacts(rows: readonly AgentFactsRow[]): void {
  const names = Object.keys(ASKED) as Asked[];
  console.log("\nFacts of an agent's action: a scan in µs, and what asking adds; the share that all of them add: median [min–max]");
  printTable(
    ["body", "bytes", "scan", ...names, "share of all"],
    rows.map(({ format, bytes, scanUs, addedUs, share }) => [
      format,
      String(bytes),
      shown(scanUs),
      ...names.map((name) => shown(addedUs[name])),
      shown(share),
    ]),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printAgentFacts(measureAgentFacts(Number(process.argv[2] ?? 15)));
