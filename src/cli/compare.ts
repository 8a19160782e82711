// `sluice compare`: a candidate beside the policy in force on logged traffic, by what was watched or by asking both again, with a verdict.
import { isUtf8 } from "node:buffer";
import { Command, Option } from "commander";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { policyNamed } from "../config/routing-of.ts";
import { SluiceError } from "../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { unionOfNeeds } from "../request/policy/needs.ts";
import type { Link } from "../request/policy/policy.ts";
import type { LoggedRequest } from "../study/dataset/logged-request.ts";
import { readDecisions } from "../study/dataset/read-decisions.ts";
import { askAgain } from "../study/offpolicy/asked-again.ts";
import { logComparison } from "../study/offpolicy/comparison.ts";
import { NO_VALUE, Pairs } from "../study/offpolicy/pairs.ts";
import { REWARDS, type Reward } from "../study/offpolicy/reward.ts";
import { type ComparedNames, comparisonReport } from "../study/report/comparison-table.ts";
import { badLines } from "./evaluate-log.ts";

interface CompareOptions {
  readonly log: readonly string[];
  readonly policy?: readonly string[];
  readonly config?: string;
  readonly slice?: readonly string[];
  readonly reward: Reward;
  readonly json: boolean;
}

export function compareCommand(): Command {
  return new Command("compare")
    .description("a candidate beside the policy in force on logged traffic: agreement, cost, quality, and whether to turn it on")
    .requiredOption("--log <file...>", "decision logs, rotated and .gz too")
    .option(
      "--policy <name...>",
      "the policy before and the one after; one alone: the one after, beside what was decided; without it, what was logged as `shadow`",
    )
    .option("--config <file>", "configuration, for policies and prices; without it, the defaults")
    .option("--slice <header...>", "also by what these request headers say; without it, those of `decisionLog.headers`", inLowerCase)
    .addOption(new Option("--reward <what>", "what a good answer is").choices(REWARDS).default("signals"))
    .option("--json", "print one JSON object", false)
    .action(runCompare);
}

async function runCompare(options: CompareOptions, command: Command): Promise<void> {
  const { log, reward, json, policy: given = [] } = options;
  if (given.length > 2) command.error("error: option '--policy <name...>' takes two policies at most");
  const config = await loadConfig(options.config);
  const chooser = given.length === 0 ? watched() : askedAgain(config, given);
  const tiers = config.tiers.map(({ name }) => name);
  const headers = options.slice ?? config.decisionLog.headers;
  const pairs = new Pairs({ tiers, prices: config.tiers.map(({ price }) => price), reward, headers });
  const reading = readDecisions(log);
  for await (const entry of reading) {
    if (entry.kind === "word") pairs.hear(entry.word);
    else {
      const chosen = chooser.tiersOf(entry.request);
      if (chosen !== undefined) pairs.add(entry.request, chosen.before, chosen.after);
    }
  }
  process.stderr.write(badLines(reading.counts));
  if (pairs.rows === 0) throw chooser.nothing(log);
  const absent = options.slice?.find((name) =>
    pairs.slices.every(({ by, names }) => by !== name || names.every((value) => value === NO_VALUE)),
  );
  if (absent !== undefined)
    throw new SluiceError("log-lacks", `${log.join(", ")}: no line has the header ${absent}`, { hint: HEADER_HINT });
  const result = logComparison(pairs);
  process.stdout.write(json ? `${JSON.stringify({ ...chooser.names(), ...result })}\n` : comparisonReport(result, chooser.names()));
}

const HEADER_HINT = "Name it in `decisionLog.headers`, and compare what is logged from then on.";

function inLowerCase(name: string, before: readonly string[] = []): readonly string[] {
  return [...before, name.toLowerCase()];
}

/** Which tier each of the two chose. */
interface Chooser {
  tiersOf(request: LoggedRequest): { readonly before: string; readonly after: string } | undefined; // undefined: it says nothing of both
  names(): ComparedNames; // once all are read
  nothing(log: readonly string[]): SluiceError;
}

/** The policy's own tier, where another was taken. */
function decidedTier({ tier, wanted, reason }: LoggedRequest): string {
  return reason === "audit" ? (wanted ?? tier) : tier;
}

function watched(): Chooser {
  let names: ComparedNames = { before: "in force", after: "watched" };
  return {
    tiersOf(request) {
      const { shadow, policy } = request;
      if (shadow === undefined) return undefined;
      names = { before: policy, after: shadow.policy };
      return { before: decidedTier(request), after: shadow.tier };
    },
    names: () => names,
    nothing: (log) => new SluiceError("log-without-candidate", `${log.join(", ")}: no request was decided while a candidate was watched`),
  };
}

function askedAgain(config: Config, given: readonly string[]): Chooser {
  const policies = given.map((name): Link => policyNamed(config, name));
  const needs = { ...unionOfNeeds(policies.map(({ policy }) => policy.needs)), params: [] };
  const scanner = new ChatScanner({ ...needs, envelopes: config.envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  let lacks = "";
  const tierOf = ({ policy }: Link, request: LoggedRequest): string | undefined => {
    const asked = askAgain(policy, request, scanner);
    if (asked.kind === "tier") return asked.tier ?? config.defaultTier;
    lacks ||= `${asked.what} (${request.place})`;
    return undefined;
  };
  return {
    tiersOf(request) {
      const isHeld = request.propensity === 1 || request.policy === "none" || (request.wanted !== undefined && request.reason !== "audit");
      if (isHeld) return { before: request.tier, after: request.tier };
      const [first, second] = policies;
      const after = second ?? first;
      const before = second === undefined || first === undefined ? decidedTier(request) : tierOf(first, request);
      const then = after && tierOf(after, request);
      return before === undefined || then === undefined ? undefined : { before, after: then };
    },
    names: () => ({ before: given.length === 2 ? (given[0] ?? "") : "what was decided", after: given.at(-1) ?? "" }),
    nothing: (log) =>
      new SluiceError("log-lacks", `${log.join(", ")}: ${given.join(" and ")} cannot be asked again: the log does not hold ${lacks}`),
  };
}
