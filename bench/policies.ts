// What a policy adds to reading a request: the scan with what the policy needs and its decision, next to the bare scan (text of all
// messages counted, no keywords), in turns within each round; CPU time, the median of the rounds with the spread. A policy that reads the
// last user message alone scans less than the bare scan. Run: node bench/policies.ts [rounds]
import { isUtf8 } from "node:buffer";
import { fileURLToPath } from "node:url";
import { parseConfig } from "../src/config/load.ts";
import { policyNamed } from "../src/config/routing-of.ts";
import { ChatScanner } from "../src/request/chat/scanner.ts";
import type { LearnedModel } from "../src/request/policy/learned/learned-model.ts";
import { FACT_NAMES } from "../src/request/policy/learned/surface-facts.ts";
import { BUCKETS } from "../src/request/policy/learned/text-reader.ts";
import { NO_NEEDS, type Policy } from "../src/request/policy/policy.ts";
import { policyRequest } from "../src/request/routing/policy-request.ts";
import { modelOf } from "../test/request/policy/learned/model-of.ts";
import { chatBody, KINDS, type Kind } from "./chat-bodies.ts";
import { printTable, type Spread, shown, spreadOf } from "./table.ts";

export interface PolicyRow {
  readonly policy: string;
  readonly kind: Kind;
  readonly bytes: number;
  readonly bareUs: Spread; // CPU µs of the bare scan
  readonly scanUs: Spread; // of the scan for the policy: its scopes, keywords and parameters
  readonly policyUs: Spread; // of that scan and the decision
  readonly added: Spread; // per cent of the bare scan, round by round
}

const CONFIG = `
policies:
  threshold: { type: threshold, preset: v7 }
  rules:
    type: rules
    headers: [x-team]
    rules:
      - { name: team, priority: 1, match: { headers: { x-team: research } }, tier: strong }
      - { name: greeting, match: { keywords: [你好, hi, hello, 早上好] }, tier: weak, params: { temperature: 0.3 } }
      - { name: code, match: { keywords: [写代码, 代码, function, 实现] }, tier: strong, params: { temperature: 0.2 } }
      - { name: finance, match: { keywords: [财报, 股票, 投资, 分析数据, dividend] }, tier: strong }
    fallback: { tier: weak }
  difficulty: { type: difficulty }
  fixed: { type: fixed, tier: strong }
  random: { type: random, shares: { weak: 2, strong: 1 } }
  length: { type: length, maxChars: 400 }
  chain: { type: chain, of: [pictures, threshold] }
  learned: { type: learned, file: made.json }
  cheapest: { type: cheapest, by: [learned] }
  bandit: { type: bandit }
  pictures: { type: rules, rules: [{ name: pictures, match: { has: [images] }, tier: strong }] }
active: threshold
`;
const MEASURED = ["threshold", "rules", "difficulty", "fixed", "random", "length", "chain", "learned", "cheapest", "bandit"];
const SIZES = [1 << 10, 16 << 10, 256 << 10];
const CELL_BYTES = 20e6; // read in one cell of one round
const HEADERS = new Map([
  [":path", "/v1/chat/completions"],
  ["x-request-id", "5f1c9a40-7d1c-4b3e-9f00-2ab1c7d80e11"],
  ["x-team", "search"],
]);

export function measurePolicies(rounds = 7): readonly PolicyRow[] {
  const model = largestModel(); // whatever its weights say, they cost the same
  const config = parseConfig(CONFIG, "bench", () => ({ kind: "model", model }));
  const kinds = KINDS.filter((kind) => kind === "english" || kind === "chinese");
  const bodies = kinds.flatMap((kind) => SIZES.map((size) => ({ kind, body: chatBody(kind, size) })));
  return MEASURED.flatMap((name) => {
    const { policy } = policyNamed(config, name);
    return bodies.map(({ kind, body }) => ({ policy: name, kind, ...measureBody(policy, body, rounds) }));
  });
}

/** As many parts as training makes: words and trees of both sides, and the length, moved by distance. */
function largestModel(): LearnedModel {
  const depth = 3;
  const trees = {
    depth,
    facts: Uint8Array.from({ length: 700 }, (_, split) => split % FACT_NAMES.length),
    thresholds: Float64Array.from({ length: 700 }, (_, split) => (split % 5) / 4),
    leaves: new Float64Array(800),
  };
  const own = modelOf([]);
  const link = { a: 1, b: 0 };
  const parts = own.parts.flatMap((words) => {
    const facts = { ...words, grams: undefined, facts: new Float64Array(FACT_NAMES.length) };
    return [words, words, { ...facts, trees, facts: undefined }, { ...facts, trees, facts: undefined }, facts].map((part) => ({
      ...part,
      link,
    }));
  });
  return { ...own, parts, known: { bits: new Uint8Array(BUCKETS / 8).fill(0xee), from: 0.5, to: 0.9 } };
}

function measureBody(policy: Policy, body: Buffer, rounds: number): Omit<PolicyRow, "policy" | "kind"> {
  const limits = { maxBodyBytes: 16 << 20, isUtf8 };
  const bare = new ChatScanner({ ...NO_NEEDS, scopes: ["all"], ...limits });
  const scanner = new ChatScanner({ ...policy.needs, ...limits });
  const scan = () => scanner.scan(body, "chat-completions");
  const decide = () => {
    const scanned = scan();
    if (scanned.kind !== "chat") throw new Error("not a chat");
    return policy.decide(policyRequest(scanned.facts, scanner, HEADERS));
  };
  const measured = { bare: [] as number[], scan: [] as number[], policy: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const bareUs = cpuMicroseconds(body.length, () => bare.scan(body, "chat-completions"));
    const scanUs = cpuMicroseconds(body.length, scan);
    const policyUs = cpuMicroseconds(body.length, decide);
    if (round < 0) continue; // the first warms up
    measured.bare.push(bareUs);
    measured.scan.push(scanUs);
    measured.policy.push(policyUs);
  }
  const added = measured.policy.map((us, i) => 100 * (us / (measured.bare[i] ?? Number.NaN) - 1));
  return {
    bytes: body.length,
    bareUs: spreadOf(measured.bare),
    scanUs: spreadOf(measured.scan),
    policyUs: spreadOf(measured.policy),
    added: spreadOf(added),
  };
}

/** Of one run, by CPU time of this process, so that a busy neighbour counts less. */
function cpuMicroseconds(bytes: number, work: () => unknown): number {
  const runs = Math.max(20, Math.round(CELL_BYTES / bytes));
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / runs;
}

export function printPolicies(rows: readonly PolicyRow[]): void {
  console.log("\nEach policy's scan and decision next to the bare scan (no keywords), µs of CPU a request: median [min–max]");
  printTable(
    ["policy", "body", "bytes", "bare scan", "its scan", "scan + decide", "added, %"],
    rows.map(({ policy, kind, bytes, bareUs, scanUs, policyUs, added }) => [
      policy,
      kind,
      String(bytes),
      shown(bareUs),
      shown(scanUs),
      shown(policyUs),
      `${added.median.toFixed(0)} [${added.min.toFixed(0)}–${added.max.toFixed(0)}]`,
    ]),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printPolicies(measurePolicies(Number(process.argv[2] ?? 7)));
