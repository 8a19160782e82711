// `sluice explain`: how one request would be decided, with every quantity the decision rests on.
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { Command, InvalidArgumentError, Option } from "commander";
import type { CheckSettings } from "../answer/checks/list.ts";
import type { Config } from "../config/config.ts";
import { breakerSettings } from "../config/health-guards.ts";
import { loadConfig } from "../config/load.ts";
import { routingFor } from "../config/routing-of.ts";
import { SluiceError } from "../errors.ts";
import type { Format } from "../request/chat/facts.ts";
import type { HeaderView } from "../request/routing/route-headers.ts";
import type { Routing } from "../request/routing/routing.ts";
import { answerText, checksWith, explainAnswer, readAnswerFile } from "./explain-answer.ts";
import { explain } from "./explanation.ts";
import { explanationText } from "./explanation-text.ts";
import { type GivenRequest, PROMPT_FORMATS, requireRequest } from "./request-shape.ts";
import { explainedPolicies, standingExplained, standsAsTold, toldStage } from "./told-rollout.ts";
import { requireTier, sessionsAsTold, type ToldSession, toldSession } from "./told-session.ts";
import {
  healthAsTold,
  limitsAsTold,
  requireState,
  type StateGiven,
  stateGiven,
  type ToldState,
  toldLimits,
  toldTiers,
} from "./told-state.ts";

interface ExplainOptions {
  readonly config?: string;
  readonly policy?: string;
  readonly prompt?: string;
  readonly format: Format;
  readonly path?: string;
  readonly header: ReadonlyMap<string, string>;
  readonly session?: ToldSession;
  readonly stage?: number;
  readonly limits?: ToldState["limits"];
  readonly failing: ToldState["failing"];
  readonly late: ToldState["late"];
  readonly answer?: string;
  readonly verifier?: string;
  readonly json: boolean;
}

export function explainCommand(): Command {
  return new Command("explain")
    .description("show how a request would be routed, and why")
    .argument("[request]", "file with the request's JSON body; - or nothing for standard input")
    .option("--prompt <text>", "a text to explain in place of a request: sent as one message of a user")
    .addOption(new Option("--format <name>", "what --prompt is sent as").choices(Object.keys(PROMPT_FORMATS)).default("chat-completions"))
    .option("--config <file>", "configuration; without it, the defaults")
    .option("--policy <name>", "another policy than the active one: of the configuration, a preset such as v7, or learned:FILE")
    .option("--path <path>", "the request's path, such as /v1/messages; without it, the body's shape says what it is")
    .option("--header <name: value>", "a header of the request; may be given several times", withHeader, new Map<string, string>())
    .option(
      "--session <last=TIER,...>",
      "what is known of the request's session, to see whether it stays: last=strong, and of cachedTokens=40000, idleSeconds=60, " +
        "actions=12, questions=3, answerTokens=300, raised=1 any",
      toldSession,
    )
    .option(
      "--stage <number>",
      "of a rollout, from 1: the stage to ask in, as `sluice rollout` counts them; without it the first",
      toldStage,
    )
    .option(
      "--limits <name=USED,...>",
      "what was used of quotas and budgets, to see what they make of the request: dear=1000, or day=95%, of budgets in dollars; of those " +
        "not named nothing",
      toldLimits,
    )
    .option("--failing <tiers>", "tiers that the breaker keeps requests from, with commas between", toldTiers, [])
    .option("--late <tiers>", "tiers that answer later than their `slo` allows", toldTiers, [])
    .option("--answer <file>", "instead: what each check of a cascade has against the answer in this file, which may be to the request")
    .option("--verifier <file>", "with --answer: a verifier to ask, too")
    .option("--json", "print one JSON object", false)
    .action(runExplain);
}

async function runExplain(file: string | undefined, options: ExplainOptions): Promise<void> {
  if (options.answer !== undefined) return await runExplainAnswer(options.answer, file, options);
  const config = await loadConfig(options.config);
  const { policy, session: told } = options;
  if (told !== undefined)
    requireTier(
      told,
      config.tiers.map(({ name }) => name),
    );
  const state = stateOf(config, options);
  const standing = { stage: options.stage, isFailing: options.failing.length > 0 };
  const routing: Routing = routingFor(config, explainedPolicies(config, policy), {
    sessions: sessionsAsTold(told),
    ...(options.limits === undefined ? {} : { limits: limitsAsTold(options.limits) }),
    health: healthAsTold(options),
    ...standsAsTold(config, standing.stage, standing.isFailing, () => routing),
  });
  const given = options.prompt === undefined ? await readRequest(file ?? "-", options) : promptRequest(options.prompt, file, options);
  const explanation = explain(routing, given.body, headerView(given, options), {
    session: told,
    state,
    standing: standingExplained(config, standing, routing),
  });
  requireRequest(given, explanation);
  process.stdout.write(options.json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation, routing));
}

/** Those of the configuration's cascade; where it has none, or a verifier is named, all that need nothing to be told. */
async function checksOf({ config: file, verifier }: ExplainOptions): Promise<readonly CheckSettings[]> {
  const { cascade } = await loadConfig(file);
  return cascade === undefined || verifier !== undefined ? await checksWith(verifier) : cascade.accept;
}

/** Standard input is read only where it is named: most answers are explained without their request. */
async function runExplainAnswer(answer: string, file: string | undefined, options: ExplainOptions): Promise<void> {
  const { prompt, json } = options;
  const given = prompt === undefined ? file && (await readRequest(file, options)) : promptRequest(prompt, file, options);
  const explanation = explainAnswer(await readAnswerFile(answer), given ? given.body : undefined, await checksOf(options));
  process.stdout.write(json ? `${JSON.stringify(explanation)}\n` : answerText(explanation));
}

/** Throws where a limit or a tier is not known. */
function stateOf(config: Config, { limits: used, failing, late }: ExplainOptions): StateGiven | undefined {
  const { tiers, quotas, budgets } = config;
  const [limits, told] = [[...quotas, ...budgets], { limits: used, failing, late }];
  requireState(
    told,
    limits,
    tiers.map(({ name }) => name),
  );
  const levelled = tiers.filter(({ slo }) => slo.firstByteMs !== undefined).map(({ name }) => name);
  return stateGiven(told, { limits, hasBreaker: breakerSettings(config) !== undefined, levelled });
}

/** Names in lower case, as Envoy sends them. */
function withHeader(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const [, name = "", value = ""] = /^([^\s:]+):\s*(.*)$/.exec(text) ?? [];
  if (name === "") throw new InvalidArgumentError("A header is written 'name: value'; the path has an option of its own.");
  return new Map([...before, [name.toLowerCase(), value.trimEnd()]]);
}

function headerView({ path }: GivenRequest, { header }: ExplainOptions): HeaderView {
  return { get: (name) => (name === ":path" ? path : header.get(name)) };
}

function promptRequest(text: string, file: string | undefined, { format, path }: ExplainOptions): GivenRequest {
  if (file !== undefined) {
    throw new SluiceError("request-invalid", `both --prompt and ${file} are given`, { hint: "Give one of them." });
  }
  if (text.trim() === "") throw new SluiceError("request-invalid", "--prompt: the text is empty", { hint: "Give it some text." });
  const as = PROMPT_FORMATS[format];
  return { from: "--prompt", body: Buffer.from(JSON.stringify(as.body(text))), path: path ?? as.path };
}

async function readRequest(file: string, { path }: ExplainOptions): Promise<GivenRequest> {
  const isInput = file === "-";
  if (isInput && process.stdin.isTTY) {
    process.stderr.write("Type or paste a request's JSON body and end it with Ctrl-D; a text is explained with --prompt TEXT.\n");
  }
  try {
    const body = isInput ? await buffer(process.stdin) : await readFile(file);
    return { from: isInput ? "standard input" : file, body, path };
  } catch (cause) {
    throw new SluiceError("request-unreadable", `${file}: cannot be read`, { cause });
  }
}
