// `sluice explain`: how one request would be decided, with every quantity the decision rests on. The same code as on the request path.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import type { KeywordPlace } from "../chat/facts.ts";
import { loadConfig } from "../config/load.ts";
import { RouterError } from "../errors.ts";
import type { Signal } from "../policy/policy.ts";
import type { Decision } from "../routing/decision.ts";
import { policyRequest } from "../routing/policy-request.ts";
import type { HeaderView } from "../routing/route-headers.ts";
import { type Routing, routeBody } from "../routing/routing.ts";
import { routingOf } from "../snapshot.ts";

export interface Explanation extends Decision {
  readonly signals: readonly Signal[]; // empty when no policy was asked
  readonly keywords: readonly KeywordPlace[]; // every keyword found and where it first stands
  readonly requestedModel: string | undefined; // as sent, JSON-decoded
  readonly bodyBytes: number;
  readonly forwardedBytes: number;
  readonly micros: number; // scan, decision and splice: median of repeated runs
}

export function explainCommand(): Command {
  return new Command("explain")
    .description("show how a request would be routed, and why")
    .argument("[request]", "file with the request's JSON body; - or nothing for standard input", "-")
    .option("--config <file>", "configuration; without it, the defaults")
    .option("--json", "print one JSON object", false)
    .action(async (request: string, options: { config?: string; json: boolean }) => {
      const routing = routingOf(await loadConfig(options.config));
      const explanation = explain(routing, await readRequest(request));
      process.stdout.write(options.json ? `${JSON.stringify(explanation)}\n` : readable(explanation, routing));
    });
}

async function readRequest(path: string): Promise<Buffer> {
  try {
    return path === "-" ? Buffer.from(await text(process.stdin)) : await readFile(path);
  } catch (cause) {
    throw new RouterError("request-unreadable", `${path}: cannot be read`, { cause });
  }
}

const NO_HEADERS: HeaderView = { get: () => undefined };

const RUNS = 25;

export function explain(routing: Routing, body: Buffer): Explanation {
  const times: number[] = [];
  let routed = routeBody(routing, body, NO_HEADERS);
  for (let run = 0; run < RUNS; run++) {
    const startedAt = process.hrtime.bigint();
    routed = routeBody(routing, body, NO_HEADERS);
    times.push(Number(process.hrtime.bigint() - startedAt) / 1000);
  }
  const micros = Math.round((times.sort((a, b) => a - b)[RUNS >> 1] ?? 0) * 10) / 10;
  const bodyBytes = body.length;
  const forwardedBytes = routed.body?.reduce((sum, piece) => sum + piece.length, 0) ?? bodyBytes;
  const measured = measuredOf(routing, body);
  return { ...routed.decision, ...measured, bodyBytes, forwardedBytes, micros };
}

function measuredOf(routing: Routing, body: Buffer): Pick<Explanation, "signals" | "keywords" | "requestedModel"> {
  const scanned = body.length === 0 ? undefined : routing.scanner.scan(body);
  if (scanned?.kind !== "chat") return { signals: [], keywords: [], requestedModel: undefined };
  const span = scanned.model.value;
  const requested: unknown = span && JSON.parse(body.toString("utf8", ...span));
  return {
    signals: routing.policy.signals(policyRequest(scanned.facts, routing.scanner, NO_HEADERS)),
    keywords: routing.policy.needs.scopes.flatMap((scope) => routing.scanner.places(scope)),
    requestedModel: typeof requested === "string" ? requested : undefined,
  };
}

function readable(explanation: Explanation, routing: Routing): string {
  const { tier, policy, reason, detail, signals, keywords, requestedModel, bodyBytes, forwardedBytes, micros } = explanation;
  const lines = [
    `tier      ${tier}`,
    `policy    ${policy}`,
    `reason    ${reason}${detail === undefined ? "" : ` (${detail})`}`,
    ...signals.map(
      ({ name, value, threshold, over }) => `signal    ${name.padEnd(8)} ${value} ${over ? ">" : "<="} ${threshold}${over ? "  over" : ""}`,
    ),
    ...keywords.map(
      ({ keyword, message, character }) => `keyword   ${keyword}  in message ${message}, character ${character} (both from 0)`,
    ),
    `model     ${requestedModel === undefined ? "not named" : `${requestedModel} asked for`}; ${modelAction(routing, explanation)}`,
    `bytes     ${bodyBytes} in, ${forwardedBytes} forwarded`,
    `time      ${micros} µs`,
  ];
  return `${lines.join("\n")}\n`;
}

function modelAction(routing: Routing, { tier, policy, bodyBytes, forwardedBytes }: Explanation): string {
  const set = routing.tiers.get(tier)?.model;
  if (policy === "none" || (set === undefined && bodyBytes === forwardedBytes)) return "body forwarded as it came";
  return set === undefined ? "dropped from the body" : `set to ${set}`;
}
