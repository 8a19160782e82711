import { expect, test } from "vitest";
import { fitted, textWidth } from "../../../src/study/report/label-text.ts";

test("a name that fits stays as it is, on one line", () => {
  expect(fitted("moral scenarios", 200)).toBe("moral scenarios");
  expect(fitted(" two\nlines ", 200)).toBe("two lines");
});

test("a longer one ends in an ellipsis and keeps to the room", () => {
  const cut = fitted("a name that is far too long", 100);
  expect(cut).toMatch(/^a name that.*…$/);
  expect(textWidth(cut)).toBeLessThanOrEqual(100);
});

test("ideographs count as wide as they are, and pictures of several code points are not torn apart", () => {
  expect([...fitted("长文本分类与多语言评测数据集", 100)].length).toBeLessThan([...fitted("abcdefghijklmnopqrstuvwxyz", 100)].length);
  const family = "👩‍👩‍👧‍👦";
  expect(fitted(family.repeat(20), 60)).toMatch(new RegExp(`^(?:${family})+…$`, "u"));
});
