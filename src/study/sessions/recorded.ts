// Recorded sessions, row by row: each request is scanned once, every policy is asked about it as the filter would, and what the replay
// needs is kept. Rows of a session stand in their order; those of several may be mixed.
import type { RequestFacts } from "../../request/chat/facts.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import type { CanGuard } from "../../request/guard/can.ts";
import type { TierName } from "../../request/policy/policy.ts";
import type { SessionExample } from "../dataset/example.ts";
import { asksIn } from "../evaluate/able-policy.ts";
import { qualityOf } from "../evaluate/rows.ts";
import { ask, type PolicyOnTrial } from "../evaluate/trial.ts";
import { type Part, type RequestParts, requestParts, sharedFront } from "./request-parts.ts";
import type { Session, Turn } from "./turn.ts";

export interface RecordedSettings {
  readonly policies: readonly PolicyOnTrial[];
  readonly scanner: ChatScanner; // made for `trialNeeds` of the policies
  readonly tiers: readonly TierName[]; // cheap first
  readonly defaultTier: TierName; // where a policy abstains
  readonly can?: CanGuard | undefined; // undefined: every tier takes every request
  readonly outputTokens: number; // of an answer, where the row does not say
}

export class RecordedSessions {
  readonly #settings: RecordedSettings;
  readonly #open = new Map<string, Recording>();
  #timed = 0;
  #counted = 0;
  #turns = 0;
  #notByAll = 0;

  constructor(settings: RecordedSettings) {
    this.#settings = settings;
  }

  /** Undefined: taken. Else why the row cannot be used, for a message with its place. */
  add(example: SessionExample): string | undefined {
    const { scanner, outputTokens } = this.#settings;
    const asked = ask(scanner, example);
    if (asked.kind === "wrong") return asked.problem;
    const { facts } = asked.request;
    const id = example.session ?? facts.session;
    if (id === undefined) return "expected a column session, or a request that names its session, found neither";
    const wanted = this.#settings.policies.map(({ policy }) => this.#tierOf(policy.decide(asked.request)?.tier));
    const recording = this.#open.get(id) ?? new Recording();
    const problem = recording.outOfOrder(example);
    if (problem !== undefined) return problem;
    const parts = requestParts(example.body);
    recording.add(example, parts, {
      wanted,
      ...this.#takers(facts),
      inputTokens: example.inputTokens === undefined ? { estimate: scanner.inputTokens(example.body) } : example.inputTokens,
      outputTokens: example.outputTokens ?? outputTokens,
      answersTools: parts.answersTools,
      keepsState: facts.continued,
      quality: qualityIn(example),
    });
    this.#open.set(id, recording);
    this.#turns++;
    if (example.atMs !== undefined) this.#timed++;
    if (example.inputTokens !== undefined && example.outputTokens !== undefined) this.#counted++;
    return undefined;
  }

  get turns(): number {
    return this.#turns;
  }

  sessions(): readonly Session[] {
    return [...this.#open.values()].map(({ turns }) => turns);
  }

  /** What the figures rest on that the rows did not say. */
  warnings(): readonly string[] {
    const untimed = this.#turns - this.#timed;
    const uncounted = this.#turns - this.#counted;
    return [
      ...(untimed > 0
        ? [`${untimed} of ${this.#turns} rows have no time: they are taken to follow at once, with the cache still warm`]
        : []),
      ...(uncounted > 0
        ? [`tokens of ${uncounted} of ${this.#turns} rows are estimates, ${this.#settings.outputTokens} for an answer: see docs/tokens.md`]
        : []),
      ...(this.#notByAll > 0
        ? [
            `${this.#notByAll} of ${this.#turns} turns cannot go to every tier (tiers[].can, contextTokens): where one would be sent to ` +
              "such, it goes to the next that takes it, but in all-weak and all-strong; in a tool loop that switch counts as unsafe",
          ]
        : []),
    ];
  }

  #takers(facts: RequestFacts): Pick<Turn, "takenBy"> {
    const { can, tiers } = this.#settings;
    if (can === undefined) return {};
    const asks = asksIn(facts);
    const takenBy = tiers.map((tier) => this.#tierOf(can.checked({ tier, policy: "", reason: "" }, asks).tier));
    if (takenBy.every((taker, tier) => taker === tier)) return {};
    this.#notByAll++;
    return { takenBy };
  }

  #tierOf(tier: TierName | undefined): number {
    const { tiers, defaultTier } = this.#settings;
    return Math.max(0, tiers.indexOf(tier ?? defaultTier));
  }
}

function qualityIn({ truth }: SessionExample): Turn["quality"] {
  if (truth === undefined) return undefined;
  const { weak, gain } = qualityOf(truth);
  return { weak, strong: weak + gain };
}

/** Of a turn; its tokens as they were counted, or estimated on its own. */
interface Measured extends Omit<Turn, "atMs" | "sharedTokens" | "inputTokens"> {
  readonly inputTokens: number | { readonly estimate: number };
}

class Recording {
  readonly turns: Turn[] = [];
  #parts: readonly Part[] = [];
  #turn = Number.NEGATIVE_INFINITY;
  #atMs: number | undefined;
  #beganAtMs = 0;

  outOfOrder({ turn, atMs }: SessionExample): string | undefined {
    const hint = "the rows of a session stand in their order";
    if (turn !== undefined && turn <= this.#turn) return `turn ${turn} follows turn ${this.#turn} of the same session: ${hint}`;
    if (atMs !== undefined && this.#atMs !== undefined && atMs < this.#atMs)
      return `it was sent before the row that precedes it in its session: ${hint}`;
    return undefined;
  }

  add({ turn, atMs }: SessionExample, parts: RequestParts, measured: Measured): void {
    const before = this.turns.at(-1);
    if (before === undefined) this.#beganAtMs = atMs ?? 0;
    const shared = parts.continuesOnServer ? { ofBefore: 1, ofAfter: 0 } : sharedFront(this.#parts, parts.parts);
    const front = Math.round(shared.ofBefore * (before?.inputTokens ?? 0));
    const { inputTokens: counted } = measured;
    // An estimate of the whole differs by some per cent from one request to the next: what they share keeps its number.
    const inputTokens = typeof counted === "number" ? counted : front + Math.round((1 - shared.ofAfter) * counted.estimate);
    this.turns.push({
      ...measured,
      atMs: atMs === undefined ? (before?.atMs ?? 0) : atMs - this.#beganAtMs,
      inputTokens,
      sharedTokens: Math.min(inputTokens, front),
    });
    this.#parts = parts.parts;
    this.#turn = turn ?? this.#turn;
    this.#atMs = atMs ?? this.#atMs;
  }
}
