// Sessions of coding agents as they are in the wild, made from published figures: the same seed gives the same sessions. How long they
// are, how many calls a question takes and how large these are is TraceLab's (University of Washington, arXiv:2606.30560, 4,265 sessions
// of Claude Code and Codex, 357,161 calls; tracelab.cs.washington.edu). What it does not say is chosen, and stands under CHOSEN.
import type { Session, Turn } from "./turn.ts";

/** A distribution by its percentiles: share of the values below, and the value; between two of them on a logarithmic line. */
type Percentiles = readonly (readonly [share: number, value: number])[];

/** Its tables of sessions and tokens; Claude Code's and Codex's joined by their calls. The last value of each is a cap. */
export const TRACE_LAB = {
  /** Requests a person makes in a session. Mean 9.2. */
  questions: [
    [0, 1],
    [0.5, 1],
    [0.9, 18],
    [0.99, 137],
    [1, 200],
  ] as Percentiles,
  /** Calls that bring a tool's result, for each of these; 0 is written as a half. Mean 7.8. */
  toolCalls: [
    [0, 0.5],
    [0.25, 0.5],
    [0.5, 1],
    [0.9, 20],
    [0.99, 86],
    [1, 150],
  ] as Percentiles,
  /** New tokens of a call whose prompt is cached (by prompts of 64,000 to 128,000 tokens): tool results and the last answer. */
  newTokens: [
    [0, 50],
    [0.25, 390],
    [0.5, 795],
    [0.9, 5_350],
    [0.99, 25_500],
    [1, 60_000],
  ] as Percentiles,
  /** Tokens of an answer. Mean 523. */
  outputTokens: [
    [0, 10],
    [0.25, 94],
    [0.5, 211],
    [0.9, 1_227],
    [0.99, 4_710],
    [1, 16_000],
  ] as Percentiles,
} as const;

export const CHOSEN = {
  /** Of a session's first prompt: system prompts of 10 to 76 KB and the list of tools. */
  firstPrompt: [
    [0, 8_000],
    [1, 24_000],
  ] as Percentiles,
  /** A prompt that would be longer is summed up first: the session goes on with so much of it. */
  window: 200_000,
  summary: 12_000,
  /** From an answer to what a tool gave back. */
  toolSeconds: [
    [0, 0.3],
    [0.5, 4],
    [0.9, 40],
    [0.99, 300],
    [1, 1_800],
  ] as Percentiles,
  /**
   * From an answer to the next question. That 21 % come after the cache's 5 minutes is TraceLab's: 1.07 billion tokens read again after a
   * pause in 33,960 questions are 31,500 for each, of 147,000 that a prompt has.
   */
  humanSeconds: [
    [0, 3],
    [0.5, 50],
    [0.79, 300],
    [0.95, 3_600],
    [1, 60_000],
  ] as Percentiles,
  /** Sessions whose client sends state of one server along: signed thinking, encrypted reasoning, previous_response_id. */
  keepsState: 0.3,
  /** Questions that are hard, and calls that need strong in such a question and in others. */
  hardQuestions: 0.35,
  needsStrong: { hard: 0.5, easy: 0.08 },
  /** How often a policy is right: for each call on its own, and for a question by its prompt. */
  rightByCall: 0.8,
  rightByQuestion: 0.8,
} as const;

/** What each turn's `wanted` holds: a policy that judges every call, and one that judges the question and keeps to it in its tool calls. */
export const GENERATED_POLICIES = ["by call", "by question"] as const;

/** Two tiers. `random`: uniform in [0, 1). */
export function generatedSession(random: () => number): Session {
  const turns: Turn[] = [];
  const keepsState = random() < CHOSEN.keepsState;
  let atMs = 0;
  let prompt = drawn(CHOSEN.firstPrompt, random);
  const questions = Math.round(drawn(TRACE_LAB.questions, random));
  for (let question = 0; question < questions; question++) {
    const hard = random() < CHOSEN.hardQuestions;
    const byQuestion = judged(hard, CHOSEN.rightByQuestion, random);
    const calls = 1 + Math.floor(drawn(TRACE_LAB.toolCalls, random) + 0.49);
    for (let call = 0; call < calls; call++) {
      const first = turns.length === 0;
      if (!first) atMs += 1000 * drawn(call === 0 ? CHOSEN.humanSeconds : CHOSEN.toolSeconds, random);
      const added = drawn(TRACE_LAB.newTokens, random);
      const full = prompt + added > CHOSEN.window;
      const shared = first ? 0 : full ? Math.min(prompt, CHOSEN.summary / 2) : prompt;
      prompt = full ? CHOSEN.summary + added : prompt + added;
      const strong = random() < (hard ? CHOSEN.needsStrong.hard : CHOSEN.needsStrong.easy);
      const byCall = judged(strong, CHOSEN.rightByCall, random);
      turns.push({
        ...{ atMs, inputTokens: Math.round(prompt), sharedTokens: Math.round(shared) },
        outputTokens: Math.round(drawn(TRACE_LAB.outputTokens, random)),
        answersTools: call > 0,
        keepsState: keepsState && !first,
        quality: { weak: strong ? 0 : 1, strong: 1 },
        wanted: [byCall, byQuestion],
      });
    }
  }
  return turns;
}

/** So many turns at least, in whole sessions. */
export function generatedSessions(leastTurns: number, random: () => number): readonly Session[] {
  const sessions: Session[] = [];
  for (let turns = 0; turns < leastTurns; turns += sessions.at(-1)?.length ?? 0) sessions.push(generatedSession(random));
  return sessions;
}

/** The tier of a policy that is right so often. */
function judged(strong: boolean, right: number, random: () => number): number {
  return random() < right === strong ? 1 : 0;
}

function drawn(percentiles: Percentiles, random: () => number): number {
  const share = random();
  const above = Math.max(
    1,
    percentiles.findIndex(([below]) => below > share),
  );
  const [from, least] = percentiles[above - 1] ?? [0, 1];
  const [to, most] = percentiles[above] ?? [1, least];
  return least * (most / least) ** ((share - from) / (to - from));
}
