// The day of docs/limits.md: the figures kept are what the guards make of it now, the pictures are drawn from them, and they show what the
// document says.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type BudgetDay, type BudgetDayFigures, budgetDays } from "../bench/budget-day.ts";
import { DAY_FIGURES_FILE, DAY_PICTURES, dayPictureFile, dayPictureText } from "../scripts/budget-picture.ts";

const kept = JSON.parse(readFileSync(DAY_FIGURES_FILE, "utf8")) as BudgetDayFigures;
const dayOf = (name: string) => kept.days.find((day) => day.name === name) as BudgetDay;
const spentOf = ({ spentUsd }: BudgetDay) => (spentUsd.at(-1) ?? 0) / kept.budgetUsd;

describe("a day that costs more than its budget", () => {
  test("goes as its figures say (if not: npm exec -- node bench/budget-day.ts keep)", () => {
    const now = budgetDays();
    expect(now.budgetUsd).toBeCloseTo(kept.budgetUsd, 2);
    for (const [at, day] of now.days.entries()) {
      expect(day).toMatchObject({ name: kept.days[at]?.name, refused: kept.days[at]?.refused });
      expect(day.goodShare).toBeCloseTo(kept.days[at]?.goodShare ?? 0, 4);
      expect(day.spentUsd.at(-1)).toBeCloseTo(kept.days[at]?.spentUsd.at(-1) ?? 0, 2);
    }
  });

  test("ends within the budget and uses it, steered; a cut that refuses nobody does not", () => {
    expect(spentOf(dayOf("steered"))).toBeGreaterThan(0.98);
    expect(spentOf(dayOf("steered"))).toBeLessThanOrEqual(1);
    expect(spentOf(dayOf("cut: to weak"))).toBeGreaterThan(1.02);
  });

  test("keeps more good answers, and the evening as good as the morning", () => {
    const [steered, weak, refused] = [dayOf("steered"), dayOf("cut: to weak"), dayOf("cut: refused")];
    expect(steered.goodShare).toBeGreaterThan(weak.goodShare);
    expect(steered.goodShare).toBeGreaterThan(refused.goodShare + 0.2);
    expect(Math.min(...steered.quality)).toBeGreaterThan(Math.min(...weak.quality) + 0.1);
    expect([steered.refused, weak.lateStrongShare, refused.lateStrongShare]).toEqual([0, 0, 0]);
    expect(steered.lateStrongShare).toBeGreaterThan(0.5);
  });

  test.each(DAY_PICTURES)("is drawn as the script does now, %s (if not: npm exec -- node scripts/budget-picture.ts)", async (picture) => {
    for (const theme of ["light", "dark"] as const) {
      const text = await dayPictureText(picture, theme);
      expect(readFileSync(dayPictureFile(picture, theme), "utf8")).toBe(text);
      expect(text).not.toContain("var(");
    }
  });
});
