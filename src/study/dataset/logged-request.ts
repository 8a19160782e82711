// One line of the decision log, read again: what was decided and with which chance, what was known of the request, what came of it.
import type { Trouble as Bad } from "./problem.ts";
import { shown, Trouble } from "./problem.ts";
import type { Row } from "./request.ts";

export interface LoggedRequest {
  readonly place: string; // file and line
  readonly atMs: number; // since the epoch
  readonly requestId: string | undefined;
  readonly traceId: string | undefined;
  readonly tier: string;
  readonly policy: string;
  readonly reason: string;
  readonly wanted: string | undefined; // the policy's tier, where another was taken
  readonly propensity: number | undefined;
  readonly audit: number | undefined;
  readonly score: number | undefined;
  readonly shadow: LoggedShadow | undefined;
  readonly signals: Members;
  readonly facts: Members;
  readonly outcome: Members;
  readonly cost: Members;
  readonly prompt: string | undefined;
  readonly label: unknown;
  readonly rating: number | undefined; // 1 to 5
  readonly signal: string | undefined; // a sign of a misroute
}

export interface LoggedShadow {
  readonly policy: string;
  readonly tier: string;
}

/** What somebody said of a request that was logged before. */
export interface LaterWord {
  readonly requestId: string;
  readonly rating: number | undefined;
  readonly signal: string | undefined;
}

/** `unrouted`: nothing was decided, so nothing can be learned from it. */
export type LogLine =
  | { readonly kind: "request"; readonly request: LoggedRequest }
  | { readonly kind: "word"; readonly word: LaterWord }
  | { readonly kind: "unrouted" }
  | { readonly kind: "bad"; readonly trouble: Bad };

/** A part of a line, read member by member. */
export class Members {
  readonly #of: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    this.#of = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  }

  number(name: string): number | undefined {
    const value = this.#of[name];
    return typeof value === "number" ? value : undefined;
  }

  text(name: string): string | undefined {
    const value = this.#of[name];
    return typeof value === "string" ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#of[name] === true;
  }

  part(name: string): Members {
    return new Members(this.#of[name]);
  }

  has(name: string): boolean {
    return this.#of[name] !== undefined;
  }
}

export function logLineOf(row: Row): LogLine {
  const word = laterWordOf(row);
  if (word !== undefined) return { kind: "word", word };
  const atMs = Date.parse(String(row.value("time")));
  if (Number.isNaN(atMs)) return bad(`expected time, as a decision log has it, found ${shown(row.value("time"))}`);
  if (row.value("decision") === undefined) return { kind: "unrouted" };
  const decision = new Members(row.value("decision"));
  const [tier, policy, reason] = [decision.text("tier"), decision.text("policy"), decision.text("reason")];
  if (tier === undefined || policy === undefined || reason === undefined)
    return bad(`expected decision with tier, policy and reason, found ${shown(row.value("decision"))}`);
  const propensity = decision.number("propensity");
  if (propensity !== undefined && !(propensity > 0 && propensity <= 1))
    return bad(`expected decision.propensity over 0 and at most 1, found ${propensity}`);
  const request = {
    place: row.place,
    atMs,
    requestId: textOf(row, "requestId"),
    traceId: textOf(row, "traceId"),
    tier,
    policy,
    reason,
    propensity,
  };
  return { kind: "request", request: { ...request, ...restOf(row, decision) } };
}

function restOf(row: Row, decision: Members) {
  const shadow = new Members(row.value("shadow"));
  const [policy, tier] = [shadow.text("policy"), shadow.text("tier")];
  return {
    wanted: decision.part("wanted").text("tier"),
    audit: decision.number("audit"),
    score: decision.number("score"),
    shadow: policy === undefined || tier === undefined ? undefined : { policy, tier },
    signals: new Members(row.value("signals")),
    facts: new Members(row.value("facts")),
    outcome: new Members(row.value("outcome")),
    cost: new Members(row.value("cost")),
    prompt: textOf(row, "prompt"),
    label: row.value("label"),
    rating: ratingOf(row),
    signal: textOf(row, "signal"),
  };
}

function laterWordOf(row: Row): LaterWord | undefined {
  const [requestId, rating, signal] = [textOf(row, "requestId"), ratingOf(row), textOf(row, "signal")];
  const isWord = row.value("outcome") === undefined && row.value("decision") === undefined && (rating ?? signal) !== undefined;
  return isWord && requestId !== undefined ? { requestId, rating, signal } : undefined;
}

function textOf(row: Row, name: string): string | undefined {
  const value = row.value(name);
  return typeof value === "string" ? value : undefined;
}

function ratingOf(row: Row): number | undefined {
  const value = row.value("rating");
  return typeof value === "number" && value >= 1 && value <= 5 ? value : undefined;
}

function bad(message: string): LogLine {
  return { kind: "bad", trouble: new Trouble("not a decision", message, "The files must be a decision log of sluice (`decisionLog`).") };
}
