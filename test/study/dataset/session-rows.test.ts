// Rows of sessions: what they may say beside the request, and what is wrong with them.
import { describe, expect, test } from "vitest";
import { SluiceError } from "../../../src/errors.ts";
import type { SessionExample } from "../../../src/study/dataset/example.ts";
import { type ReadOptions, readExamples, readSessions } from "../../../src/study/dataset/read-examples.ts";
import { columns, dataFile } from "./files.ts";

async function turnsOf(rows: readonly unknown[], options: ReadOptions = {}): Promise<readonly SessionExample[]> {
  const read: SessionExample[] = [];
  const file = dataFile("sessions.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
  for await (const example of readSessions([file], options)) read.push(example);
  return read;
}

const messageOf = async (rows: readonly unknown[], options: ReadOptions = {}): Promise<string> => {
  const refused: unknown = await turnsOf(rows, options).catch((error: unknown) => error);
  if (!(refused instanceof SluiceError)) throw new Error("expected a refusal");
  return refused.message;
};

describe("a turn of a session", () => {
  test("says what it knows", async () => {
    const [turn] = await turnsOf([
      {
        prompt: "a",
        session: 7,
        turn: 2,
        time: "2026-01-31T09:00:00Z",
        inputTokens: 1200,
        outputTokens: "80",
        path: "/v1/messages",
        weak: 0.5,
        strong: true,
      },
    ]);
    expect(turn).toMatchObject({
      ...{ session: "7", turn: 2, atMs: Date.UTC(2026, 0, 31, 9), inputTokens: 1200, outputTokens: 80, path: "/v1/messages" },
      truth: { kind: "scores", weak: 0.5, strong: 1 },
    });
  });

  test("may say nothing but its request", async () => {
    const [turn] = await turnsOf([{ prompt: "a" }]);
    const unknown = {
      session: undefined,
      turn: undefined,
      atMs: undefined,
      inputTokens: undefined,
      outputTokens: undefined,
      truth: undefined,
    };
    expect(turn).toMatchObject(unknown);
  });

  test.each([
    [12.5, 12_500],
    ["12.5", 12_500],
    ["2026-01-31T09:00:00.250Z", Date.UTC(2026, 0, 31, 9, 0, 0, 250)],
  ])("was sent at %j", async (time, atMs) => {
    expect((await turnsOf([{ prompt: "a", time }]))[0]?.atMs).toBe(atMs);
  });

  test("is read under other names", async () => {
    const [turn] = await turnsOf([{ q: "a", thread: "t", sent: 3 }], columns("prompt=q,session=thread,time=sent"));
    expect(turn).toMatchObject({ session: "t", atMs: 3000 });
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ time: "yesterday" }, /column "time": expected seconds, or a date and time such as 2026-01-31T09:00:00Z, found "yesterday"/],
    [{ turn: "second" }, /column "turn": expected a number from 0 up, found "second"/],
    [{ inputTokens: -1 }, /column "inputTokens": expected a number from 0 up, found -1/],
    [{ session: {} }, /column "session": expected text, found \{\}/],
    [{ label: "perhaps" }, /expected weak or strong, found "perhaps"/],
    [{ weak: 0.5 }, /column "strong"/],
  ])("is refused with %j", async (more, message) => {
    expect(await messageOf([{ prompt: "a", ...more }])).toMatch(message);
  });

  test("carries a label or scores as those before it do, where it carries one", async () => {
    const rows = [{ prompt: "a" }, { prompt: "b", label: "weak" }, { prompt: "c" }];
    expect((await turnsOf(rows)).map(({ truth }) => truth?.kind)).toEqual([undefined, "label", undefined]);
    expect(await messageOf([...rows, { prompt: "d", weak: 0, strong: 1 }])).toMatch(/expected a label as in .*:2, found scores/);
  });
});

test("a row that is not read by session may hold anything under those names", async () => {
  const file = dataFile("rows.jsonl", JSON.stringify({ prompt: "a", label: "weak", time: "yesterday", turn: {}, session: [] }));
  const read = [];
  for await (const example of readExamples([file])) read.push(example.truth);
  expect(read).toEqual([{ kind: "label", needed: "weak" }]);
});
