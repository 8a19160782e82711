// Rows to label, as a sample of a week holds them after both tiers were asked: with code, with other scripts, with what wants to run in a
// page, with tools, and two that were not asked again.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Desk } from "../../../src/study/label/desk.ts";
import { openDesk, rowsToLabel } from "../../../src/study/label/desk.ts";
import { type Journal, openJournal } from "../../../src/study/label/journal.ts";
import type { LoopRow } from "../../../src/study/loop/loop-row.ts";
import { loopLine, readLoop } from "../../../src/study/loop/read-loop.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "sluice-label-"));

export const HOSTILE = `<script>window.injected=1</script><img src=x onerror="window.injected=1"> What does this do?`;
export const LONG_LINE = `const line = "${"x".repeat(400)}";`;

function asked(id: string, prompt: string, weak: string, strong: string): LoopRow {
  return {
    id,
    request: { model: "m", messages: [{ role: "user", content: prompt }] },
    inclusion: 0.25,
    answers: { weak: { text: weak, model: "small-1" }, strong: { text: strong, model: "large-9" } },
    seen: { tier: "weak", rating: 2 },
  };
}

const AGENT: LoopRow["request"] = {
  messages: [
    { role: "system", content: "You plan journeys." },
    { role: "user", content: "Plan a day in Oslo" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } }],
    },
    { role: "tool", tool_call_id: "c1", content: "rain, 6 °C" },
    { role: "user", content: "Museums, but nothing about ships." },
  ],
  tools: [{ type: "function", function: { name: "weather", description: "of a city", parameters: { type: "object" } } }],
};

export const ROWS: readonly LoopRow[] = [
  asked("r-1", "How do I say “thank you” in Korean?", "감사합니다", "감사합니다 (gamsahamnida)."),
  asked("r-2", `Refactor:\n\n\`\`\`ts\n${LONG_LINE}\n\`\`\`\n\nKeep its name.`, "Read once.", `\`\`\`ts\n${LONG_LINE}\n\`\`\``),
  asked("r-3", "请翻译：今天天气很好。", "The weather is nice today.", "It's lovely weather today."),
  asked("r-4", HOSTILE, "<b onmouseover=window.injected=1>Nothing</b>", "It tries to run a script."),
  { id: "r-5", request: AGENT, group: "agents", seen: { tier: "weak", rating: 2, signals: ["repeated"] } },
  { id: "r-6", request: { messages: [{ role: "user", content: "hi" }] } },
];

let files = 0;

export function scratch(ending: string): string {
  return join(FOLDER, `${++files}.${ending}`);
}

/** Writes a file and gives its path. */
export function written(ending: string, content: string): string {
  const path = scratch(ending);
  writeFileSync(path, content);
  return path;
}

export function rowsFile(rows: readonly LoopRow[] = ROWS): string {
  return written("jsonl", rows.map(loopLine).join(""));
}

export interface OpenDesk {
  readonly desk: Desk;
  readonly journal: Journal;
  readonly file: string; // of the labels
}

export const SETTINGS = { tiers: ["weak", "strong"], by: "ana", seed: 1, now: () => new Date("2026-01-31T09:00:00Z") } as const;

export async function deskOn(file = scratch("jsonl"), by = "ana", rows = ROWS): Promise<OpenDesk> {
  const journal = await openJournal(file);
  const read = await rowsToLabel(readLoop([rowsFile(rows)]));
  return { desk: openDesk(read, journal, { ...SETTINGS, by }), journal, file };
}
