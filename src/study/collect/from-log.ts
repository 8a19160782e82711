// Requests out of a decision log: those whose prompt was kept, with what was decided and what came of it; and what was said of them later.
import { type LoggedRequest, logLineOf } from "../dataset/logged-request.ts";
import type { Row } from "../dataset/request.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import type { Found } from "./found.ts";
import { hashId } from "./row-id.ts";

export function foundInLog(row: Row): readonly Found[] {
  const line = logLineOf(row);
  const dropped = (why: "bad line" | "not routed" | "no prompt kept" | "prompt cut off", message: string): readonly Found[] => [
    { kind: "dropped", why, place: row.place, message },
  ];
  switch (line.kind) {
    case "bad":
      return dropped("bad line", line.trouble.message);
    case "unrouted":
      return dropped("not routed", "the line has no decision");
    case "word":
      return [{ kind: "word", of: line.word.requestId, rating: line.word.rating, signal: line.word.signal }];
    case "request": {
      const { prompt, signals } = line.request;
      if (prompt === undefined || prompt === "")
        return dropped("no prompt kept", "the line has no prompt: `capturePrompts: true` keeps it");
      if (row.value("promptCut") === true) return dropped("prompt cut off", "the prompt is not all of it");
      return [
        {
          kind: "row",
          row: rowOf(line.request, prompt),
          partly: (signals.number("turns") ?? 1) > 1,
          unnamed: line.request.requestId === undefined,
        },
      ];
    }
  }
}

function rowOf(logged: LoggedRequest, prompt: string): LoopRow {
  const { requestId, atMs, policy, wanted, tier, score, outcome, cost, rating, signal } = logged;
  const request = { messages: [{ role: "user", content: prompt }] };
  return {
    id: requestId ?? hashId([atMs, prompt]),
    request,
    time: new Date(atMs).toISOString(),
    decision: defined({ policy, tier: wanted ?? tier, score }),
    seen: defined({
      tier: outcome.text("tier"),
      status: outcome.number("status"),
      cost: cost.number("usd"),
      inputTokens: cost.number("inputTokens"),
      outputTokens: cost.number("outputTokens"),
      rating,
      signals: signal === undefined ? undefined : [signal],
    }),
  };
}

/** Without the members that nobody knows. */
export function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as ReturnType<typeof defined<T>>;
}
