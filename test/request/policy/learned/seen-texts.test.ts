// Texts that a model was trained on: none is forgotten, and few others are taken for them.
import { expect, test } from "vitest";
import { SeenTexts, textHash } from "../../../../src/request/policy/learned/seen-texts.ts";

const hashOf = (text: string) => textHash(new TextEncoder().encode(text));

test.each([
  [0, 0.001, 128],
  [100, 0.01, 256],
  [5_000, 0.01, 16_384],
  [65_000, 0.01, 131_072],
  [100_000, 0.03, 131_072],
])("of %d texts each is known, and of others at most a share of %d", (count, share, bytes) => {
  const seen = SeenTexts.forTexts(count);
  for (let i = 0; i < count; i++) seen.add(hashOf(`prompt ${i}`));
  const again = new SeenTexts(Uint8Array.from(seen.bytes));
  for (let i = 0; i < count; i++) if (!again.has(hashOf(`prompt ${i}`))) throw new Error(`prompt ${i} is forgotten`);
  let mistaken = 0;
  for (let i = 0; i < 10_000; i++) if (again.has(hashOf(`another ${i}`))) mistaken++;
  expect(mistaken / 10_000).toBeLessThanOrEqual(share);
  expect(seen.bytes.length).toBe(bytes);
});
