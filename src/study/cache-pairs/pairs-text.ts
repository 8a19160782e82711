// What a semantic cache would do with pairs of questions, for a terminal: by language and kind, what is proven, and what follows.
import { aligned } from "../report/aligned.ts";
import type { MeasuredPairs, PairsRow, Served } from "./measured.ts";

export interface EmbeddingTimes {
  readonly medianMs: number;
  readonly slowMs: number; // 95 % take no longer
  readonly late: number; // share that a request would not have waited for
  readonly timeoutMs: number;
}

const SHOWN_WRONG = 5;

export function pairsText(result: MeasuredPairs, times: EmbeddingTimes): string {
  const { alike, different, bound, similarity } = result;
  const table = aligned(
    [["", "", "pairs", `alike ≥ ${similarity}`, "and answered"], ...result.rows.map(rowOf)],
    ["left", "left", "right", "right", "right"],
  );
  const lines = [
    ...table,
    "",
    `same       ${of(alike)} would be answered`,
    `different  ${of(different)} would be answered, wrongly: ${percent(bound)} at most, at 95 % (Clopper–Pearson)`,
    `           without the comparison of words ${different.byLikeness} would be`,
    ...result.wrong.slice(0, SHOWN_WRONG).map(({ one, two }) => `           ${one} / ${two}`),
    `embedding  ${times.medianMs} ms, 95 % within ${times.slowMs} ms; ${percent(times.late)} later than timeoutMs, ${times.timeoutMs}`,
    "",
    verdict(result),
  ];
  return `${lines.join("\n")}\n`;
}

function rowOf({ language, kind, same, served }: PairsRow): readonly string[] {
  return [language, `${kind}${same ? " (same)" : ""}`, String(served.pairs), String(served.byLikeness), String(served.served)];
}

function of({ served, pairs }: Served): string {
  return `${served} of ${pairs} (${percent(pairs === 0 ? 0 : served / pairs)})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function verdict({ isOn, bound, maxError, different, alike }: MeasuredPairs): string {
  if (isOn && alike.served === 0) return "off: nothing would be answered wrongly, since nothing would be answered";
  if (isOn) return `on: at most ${percent(bound)} of what asks for something else is answered, under maxError, ${percent(maxError)}`;
  const needed = Math.ceil(Math.log(0.05) / Math.log1p(-maxError));
  if (different.served === 0)
    return `off: ${different.pairs} different pairs prove ${percent(bound)} only; ${needed} without a wrong one prove maxError`;
  return `off: up to ${percent(bound)} of what asks for something else is answered, over maxError, ${percent(maxError)}`;
}
