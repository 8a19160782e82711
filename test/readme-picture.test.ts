// The pictures of the README are what the script draws from the figures kept beside them.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Theme } from "../scripts/framed-picture.ts";
import { pictureFile, pictureText } from "../scripts/readme-picture.ts";

describe("the picture of the README", () => {
  test.each<Theme>(["light", "dark"])(
    "is, %s, what the script draws now (if not: npm exec -- node scripts/readme-picture.ts)",
    async (theme) => {
      const text = await pictureText(theme);
      expect(readFileSync(pictureFile(theme), "utf8")).toBe(text);
      expect(text).not.toContain("var(");
      expect(text).toContain("learned: 54.6 % of the gap at 32.5 % strong");
    },
  );
});
