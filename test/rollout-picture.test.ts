// The pictures of docs/rollout.md are what the script draws from the figures kept beside them.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Theme } from "../scripts/framed-picture.ts";
import { rolloutPictureFile, rolloutPictureText } from "../scripts/rollout-picture.ts";

describe("the picture of docs/rollout.md", () => {
  test.each<Theme>(["light", "dark"])(
    "is, %s, what the script draws now (if not: npm exec -- node scripts/rollout-picture.ts)",
    async (theme) => {
      const text = await rolloutPictureText(theme);
      expect(readFileSync(rolloutPictureFile(theme), "utf8")).toBe(text);
      expect(text).not.toContain("var(");
      expect(text).toContain("rule: harmless: 100 %");
    },
  );
});
