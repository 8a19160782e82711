// Asks one model server, as often and as fast as it may be asked, and keeps account. The clock and the wait are passed in.
import { answerReader } from "../../../answer/answer-reader.ts";
import type { Usage } from "../../../answer/usage/usage.ts";
import { SluiceError } from "../../../errors.ts";
import type { Format } from "../../../request/chat/facts.ts";
import type { LoopAnswer, LoopRow } from "../../loop/loop-row.ts";
import { answerSaid } from "../answer-text.ts";
import { askedRequest } from "../asked-request.ts";
import type { Foreseen, Target } from "../target.ts";
import type { Account } from "./account.ts";
import { call, type Failure, type Outcome } from "./call.ts";
import { Pace, type PaceLimits } from "./pace.ts";
import { retryInMs } from "./retry.ts";

export interface AskerSettings extends PaceLimits {
  readonly timeoutMs: number;
  readonly mostAttempts: number;
}

export interface AskerSurroundings {
  readonly now: () => number; // milliseconds
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly signal: AbortSignal; // nobody waits for the answers any more
}

/** So many requests without one answer between them: the server is down, or wants none of them. */
const MOST_FAILED_IN_A_ROW = 20;

/** What has to be mended by hand: every other request would go the same way. */
const HOPELESS: ReadonlySet<Failure> = new Set<Failure>(["key-refused", "not-trusted"]);

export class Asker {
  readonly target: Target;
  readonly #settings: AskerSettings;
  readonly #surroundings: AskerSurroundings;
  readonly #account: Account;
  readonly #pace: Pace;
  #failedInARow = 0;
  #mostOutputTokens = 0;

  constructor(target: Target, settings: AskerSettings, surroundings: AskerSurroundings, account: Account) {
    this.target = target;
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#account = account;
    this.#pace = new Pace(settings);
  }

  /** The longest answer so far: where a request sets no limit, the next may be as long. */
  get mostOutputTokens(): number {
    return this.#mostOutputTokens;
  }

  /** Throws `asking-hopeless` where no request can do better. */
  async ask(request: LoopRow["request"], format: Format, foreseen: Foreseen): Promise<LoopAnswer> {
    const outcome = await this.#tried(request, format, foreseen);
    const read = outcome.kind === "answered" ? answerOf(outcome, format, this.target) : outcome;
    if (read.kind === "failed") return this.#failed(read);
    this.#failedInARow = 0;
    const { usage, answer } = read;
    if (usage !== undefined) {
      this.#pace.took(foreseen.inputTokens + foreseen.outputTokens, usage.inputTokens + usage.outputTokens);
      this.#mostOutputTokens = Math.max(this.#mostOutputTokens, usage.outputTokens);
    }
    this.#account.answered(usage, answer.cost);
    return answer;
  }

  async #tried(request: LoopRow["request"], format: Format, foreseen: Foreseen): Promise<Outcome> {
    const { timeoutMs, mostAttempts } = this.#settings;
    const { now, wait, random, signal } = this.#surroundings;
    const asked = askedRequest(request, format, this.target);
    for (let attempts = 1; ; attempts++) {
      await wait(this.#pace.take(now(), foreseen.inputTokens + foreseen.outputTokens), signal);
      const outcome = await call(asked, { timeoutMs, signal });
      if (outcome.kind === "answered" || signal.aborted) return outcome;
      const { failure, retryAfterMs } = outcome;
      const ms = retryInMs({ failure, retryAfterMs, attempts, mostAttempts }, random);
      if (ms === undefined) return outcome;
      this.#account.retried();
      if (failure === "rate-limited") this.#pace.rest(now(), ms);
      else await wait(ms, signal);
    }
  }

  #failed({ failure, detail: said }: Extract<Outcome, { readonly kind: "failed" }>): LoopAnswer {
    const { signal } = this.#surroundings;
    const detail = this.target.key === undefined ? said : said.replaceAll(this.target.key, "[key]"); // some servers repeat it
    if (signal.aborted) return { text: "", error: "interrupted" };
    this.#account.failed(failure, detail);
    this.#failedInARow++;
    if (HOPELESS.has(failure) || this.#failedInARow >= MOST_FAILED_IN_A_ROW) {
      const { tier, baseUrl } = this.target;
      const often = HOPELESS.has(failure) ? "" : ` for ${this.#failedInARow} requests in a row`;
      throw new SluiceError("asking-hopeless", `${tier} at ${baseUrl} gave no answer${often}: ${detail}`);
    }
    return { text: "", error: `${failure}: ${detail}` };
  }
}

type Read =
  | { readonly kind: "read"; readonly answer: LoopAnswer; readonly usage: Usage | undefined }
  | Extract<Outcome, { readonly kind: "failed" }>;

function answerOf({ text, ms }: Extract<Outcome, { readonly kind: "answered" }>, format: Format, target: Target): Read {
  const said = answerSaid(parsed(text), format);
  if (said === undefined) {
    const detail = `status 200, and no answer of ${format}: ${text.slice(0, 80).replace(/\s+/g, " ")}`;
    return { kind: "failed", failure: "no-answer", detail, retryAfterMs: undefined };
  }
  const usage = usageIn(text);
  const cost = usage && target.dollars(usage);
  const answer: LoopAnswer = {
    text: said.text,
    ...(said.model === undefined ? {} : { model: said.model }),
    ...(said.finish === undefined ? {} : { finish: said.finish }),
    ...(usage === undefined ? {} : { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens }),
    ...(cost === undefined ? {} : { cost }),
    ms,
  };
  return { kind: "read", answer, usage };
}

function usageIn(text: string): Usage | undefined {
  const reader = answerReader();
  reader.push(Buffer.from(text));
  return reader.finish("seen").usage;
}

/** Undefined: no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
