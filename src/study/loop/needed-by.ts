// Which tier a row needed, by what several have said of it. Pure.
import type { LoopLabel } from "./loop-row.ts";

/** `neither`: no tier's answer was good enough. `disputed`: no word has more than half. */
export type NeededBy = "weak" | "strong" | "neither" | "disputed" | "unlabelled";

export function neededBy(labels: readonly Pick<LoopLabel, "needed" | "better">[]): NeededBy {
  if (labels.length === 0) return "unlabelled";
  const words = ["weak", "strong", "neither"] as const;
  return words.find((word) => labels.filter((label) => neededWord(label) === word).length > labels.length / 2) ?? "disputed";
}

/** Who only compared the answers has said with that which was needed; equal answers need weak only where somebody says so. */
function neededWord({ needed, better }: Pick<LoopLabel, "needed" | "better">): "weak" | "strong" | "neither" {
  return needed ?? (better === undefined || better === "tie" ? "neither" : better);
}
