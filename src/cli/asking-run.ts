// What the commands that ask models share at run time: the consent to what it may cost, Ctrl-C that leaves files whole, how far they are,
// and the account at the end.
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "../errors.ts";
import type { AccountFigures } from "../study/asking/call/account.ts";
import type { AskerSettings, AskerSurroundings } from "../study/asking/call/asker.ts";
import type { PaceOptions } from "./asking-options.ts";

export const INTERRUPTED = 130; // as a shell says it of Ctrl-C
const TERMINAL_MS = 200;
const LOG_MS = 10_000;
const CLEAR_LINE = "\r\x1b[K";

/** False: no. Throws `asking-not-confirmed` where nobody can be asked. */
export async function mayCost(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new SluiceError("asking-not-confirmed", "no --yes, and no terminal to ask on; nothing was asked");
  }
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ input: process.stdin, output: process.stderr, message: question });
  if (isCancel(answer)) process.exitCode = INTERRUPTED;
  return answer === true;
}

export interface Interrupts {
  readonly stopping: () => boolean; // the first Ctrl-C: begin nothing new
  readonly signal: AbortSignal; // the second: wait for nothing
  readonly end: () => void;
}

export function interrupts(): Interrupts {
  const abort = new AbortController();
  let isStopping = false;
  const stop = () => {
    if (isStopping) return abort.abort();
    isStopping = true;
    process.stderr.write("\nwaiting for the answers under way; Ctrl-C again drops them\n");
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, stop);
  return {
    stopping: () => isStopping,
    signal: abort.signal,
    end: () => {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
    },
  };
}

export function askerSettings({ requestsPerMinute, tokensPerMinute, timeout, attempts }: PaceOptions): AskerSettings {
  return { requestsPerMinute, tokensPerMinute, timeoutMs: 1000 * timeout, mostAttempts: attempts };
}

export function askerSurroundings(signal: AbortSignal): AskerSurroundings {
  const wait = (ms: number, { aborted }: AbortSignal) =>
    ms <= 0 || aborted ? Promise.resolve() : sleep(ms, undefined, { signal }).catch(() => undefined);
  return { now: () => performance.now(), wait, random: Math.random, signal };
}

export interface AskingProgress {
  readonly show: (line: () => string) => void;
  readonly end: () => void;
}

/** A line that is rewritten on a terminal, elsewhere a new one now and then, on standard error. */
export function askingProgress(): AskingProgress {
  const isTerminal = process.stderr.isTTY === true;
  let shownAt = performance.now();
  return {
    show(line) {
      const now = performance.now();
      if (now - shownAt < (isTerminal ? TERMINAL_MS : LOG_MS)) return;
      shownAt = now;
      process.stderr.write(isTerminal ? `${CLEAR_LINE}${line()}` : `${line()}\n`);
    },
    end() {
      if (isTerminal) process.stderr.write(CLEAR_LINE);
    },
  };
}

export function dollarsText(dollars: number | undefined): string {
  if (dollars === undefined) return "price not known";
  return dollars > 0 && dollars < 0.01 ? `$${dollars.toPrecision(2)}` : `$${dollars.toFixed(2)}`;
}

export function countText(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** Lines of what a run has come to. */
export function accountText(figures: AccountFigures): readonly string[] {
  const { answers, retries, inputTokens, outputTokens, dollars, unpriced, failures, lastFailure } = figures;
  const kinds = Object.entries(failures).map(([kind, count]) => `${countText(count)} ${kind}`);
  return [
    `answers:  ${countText(answers)}, ${countText(inputTokens)} tokens in and ${countText(outputTokens)} out`,
    `cost:     ${dollarsText(dollars)}${unpriced === 0 ? "" : `, without ${countText(unpriced)} answers whose price is not known`}`,
    ...(retries === 0 ? [] : [`retries:  ${countText(retries)}`]),
    ...(kinds.length === 0 ? [] : [`failures: ${kinds.join(", ")}; the last: ${lastFailure}`]),
  ];
}
