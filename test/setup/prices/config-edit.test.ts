// Prices written into a configuration's text: only `price` changes, in whatever form it is written; what cannot be is refused.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../src/config/load.ts";
import { type PriceEdit, withPrices } from "../../../src/setup/prices/config-edit.ts";
import type { TokenPrice } from "../../../src/setup/prices/token-price.ts";

const price = (input: number, cached?: number, write?: number, output = 9): TokenPrice => ({
  inputPerMTok: input,
  cachedInputPerMTok: cached,
  cacheWritePerMTok: write,
  outputPerMTok: output,
});
const edit = (index: number, to: TokenPrice): PriceEdit => ({ tier: `t${index}`, index, price: to });
const lines = (...text: string[]) => `${text.join("\n")}\n`;

const FORMS: readonly (readonly [what: string, before: string, after: string])[] = [
  [
    "a block: values in place, what is new in its order, comments and the rest as they were",
    lines(
      "# the tiers",
      "tiers:",
      "  - name: weak # cheap",
      "    price:",
      "      # of May",
      "      inputPerMTok:   2.0   # as agreed",
      "      outputPerMTok: 3",
      "      perHour: 4",
      "    params: { a: 1 }",
      "unreadable:   refuse",
    ),
    lines(
      "# the tiers",
      "tiers:",
      "  - name: weak # cheap",
      "    price:",
      "      # of May",
      "      inputPerMTok:   1   # as agreed",
      "      cachedInputPerMTok: 0.1",
      "      cacheWritePerMTok: 1.25",
      "      outputPerMTok: 9",
      "      perHour: 4",
      "    params: { a: 1 }",
      "unreadable:   refuse",
    ),
  ],
  [
    "a block of nothing else than rent",
    lines("tiers:", "- name: weak", "  price:", "    perHour: 4"),
    lines(
      "tiers:",
      "- name: weak",
      "  price:",
      "    inputPerMTok: 1",
      "    cachedInputPerMTok: 0.1",
      "    cacheWritePerMTok: 1.25",
      "    outputPerMTok: 9",
      "    perHour: 4",
    ),
  ],
  [
    "braces, the same members",
    lines(
      "tiers: [{ name: weak, price: { inputPerMTok: 5, cachedInputPerMTok: 5, # half",
      "  cacheWritePerMTok: 5, outputPerMTok: 9.00 } }]",
    ),
    lines(
      "tiers: [{ name: weak, price: { inputPerMTok: 1, cachedInputPerMTok: 0.1, # half",
      "  cacheWritePerMTok: 1.25, outputPerMTok: 9.00 } }]",
    ),
  ],
  [
    "braces, more members",
    lines("tiers:", "  - { name: weak, price: {outputPerMTok: 5, perHour: 0.30}, model: x }"),
    lines(
      "tiers:",
      "  - { name: weak, price: {inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 9, " +
        "perHour: 0.30}, model: x }",
    ),
  ],
  [
    "no price: behind the model",
    lines("tiers:", "  - name: weak", "    model: x # this one", "    params: { a: 1 }"),
    lines(
      "tiers:",
      "  - name: weak",
      "    model: x # this one",
      "    price: { inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 9 }",
      "    params: { a: 1 }",
    ),
  ],
  [
    "no price, in braces, and no line end",
    "tiers: [{name: weak}]",
    "tiers: [{name: weak, price: { inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 9 }}]",
  ],
  [
    "a price without a value",
    lines("tiers:", "  - name: weak", "    price: # not yet known", "    model: x"),
    lines(
      "tiers:",
      "  - name: weak",
      "    price: { inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 9 } # not yet known",
      "    model: x",
    ),
  ],
  [
    "a member without a value, and one that is null",
    lines("tiers:", "  - name: weak", "    price:", "      inputPerMTok:", "      outputPerMTok: ~", "      cacheWritePerMTok: null # ?"),
    lines(
      "tiers:",
      "  - name: weak",
      "    price:",
      "      inputPerMTok: 1",
      "      cachedInputPerMTok: 0.1",
      "      outputPerMTok: 9",
      "      cacheWritePerMTok: 1.25 # ?",
    ),
  ],
  [
    "JSON",
    '{\n  "tiers": [\n    { "name": "weak", "model": "x" }\n  ]\n}\n',
    '{\n  "tiers": [\n    { "name": "weak", "model": "x", "price": { "inputPerMTok": 1, "cachedInputPerMTok": 0.1, ' +
      '"cacheWritePerMTok": 1.25, "outputPerMTok": 9 } }\n  ]\n}\n',
  ],
  [
    "keys in quotes",
    lines("tiers:", "  - 'name': weak", '    "price": {"inputPerMTok": 5}'),
    lines(
      "tiers:",
      "  - 'name': weak",
      '    "price": {"inputPerMTok": 1, "cachedInputPerMTok": 0.1, "cacheWritePerMTok": 1.25, "outputPerMTok": 9}',
    ),
  ],
  [
    "anchors and aliases elsewhere, and a number with a tag",
    lines("tiers:", "  - name: &n weak", "    price: &p", "      inputPerMTok: !!int 7", "      outputPerMTok: &o 9", "defaultTier: *n"),
    lines(
      "tiers:",
      "  - name: &n weak",
      "    price: &p",
      "      inputPerMTok: !!int 1",
      "      cachedInputPerMTok: 0.1",
      "      cacheWritePerMTok: 1.25",
      "      outputPerMTok: &o 9",
      "defaultTier: *n",
    ),
  ],
];

describe("written in place", () => {
  test.each(FORMS)("%s", (_what, before, after) => {
    expect(withPrices(before, "s.yaml", [edit(0, price(1, 0.1, 1.25))])).toBe(after);
    parseConfig(after, "s.yaml");
  });

  test.each(FORMS)("with the line ends of Windows and a byte order mark: %s", (_what, before, after) => {
    const windows = (text: string) => `\uFEFF${text.replaceAll("\n", "\r\n")}`;
    expect(withPrices(windows(before), "s.yaml", [edit(0, price(1, 0.1, 1.25))])).toBe(windows(after));
  });

  test.each(FORMS)("a second time nothing changes: %s", (_what, _before, after) => {
    expect(withPrices(after, "s.yaml", [edit(0, price(1, 0.1, 1.25))])).toBe(after);
  });

  test("what the new price does not have goes, with its line", () => {
    const block = lines(
      "tiers:",
      "  - name: weak",
      "    price:",
      "      cachedInputPerMTok: 5 # old",
      "      inputPerMTok: 1",
      "      outputPerMTok: 9",
    );
    expect(withPrices(block, "s.yaml", [edit(0, price(1))])).toBe(block.replace("      cachedInputPerMTok: 5 # old\n", ""));
    const flow = "tiers: [{ name: weak, price: { inputPerMTok: 1, cacheWritePerMTok: 5, outputPerMTok: 9 } }]";
    expect(withPrices(flow, "s.yaml", [edit(0, price(1))])).toBe(flow.replace(" cacheWritePerMTok: 5,", ""));
  });

  test("several tiers at once, and the others untouched", () => {
    const text = lines(
      "tiers:",
      "  - { name: a, price: { inputPerMTok: 1, outputPerMTok: 1 } }",
      "  - name: b",
      "    price: {}",
      "  - name: c",
    );
    const after = withPrices(text, "s.yaml", [edit(0, price(2, undefined, undefined, 3)), edit(2, price(4))]);
    expect(after).toBe(
      lines(
        "tiers:",
        "  - { name: a, price: { inputPerMTok: 2, outputPerMTok: 3 } }",
        "  - name: b",
        "    price: {}",
        "  - name: c",
        "    price: { inputPerMTok: 4, outputPerMTok: 9 }",
      ),
    );
  });
});

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SHIPPED = globSync(["examples/*.yaml", "envoy/sluice.yaml", "deploy/kubernetes/sluice.yaml"], { cwd: ROOT }).sort();

test("there are configurations that we ship", () => {
  expect(SHIPPED.length).toBeGreaterThan(5);
});

test.each(SHIPPED)("in %s every tier gets a price, and only lines with a price differ", (path) => {
  const before = readFileSync(join(ROOT, path), "utf8");
  const { tiers } = parse(before) as { readonly tiers: readonly object[] };
  const after = withPrices(
    before,
    path,
    tiers.map((_, at) => edit(at, price(at + 1, 0.1, 1.25))),
  );
  const isPrice = (line: string) => /price:|PerMTok:/.test(line);
  const [old, changed] = [before, after].map((text) => text.split("\n")) as [string[], string[]];
  expect(changed.filter((line) => !isPrice(line))).toEqual(old.filter((line) => !isPrice(line)));
  expect((parse(after) as { readonly tiers: readonly { readonly price: object }[] }).tiers.map((tier) => tier.price)).toMatchObject(
    tiers.map((_, at) => ({ inputPerMTok: at + 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 9 })),
  );
});

describe("refused, with the lines to write by hand", () => {
  test.each([
    ["no tiers in the file", "unreadable: refuse\n", 0, "s.yaml: tier t0: the file has no list of `tiers`"],
    [
      "a price that is an alias",
      lines("tiers:", "  - { name: a, price: &p { inputPerMTok: 1 } }", "  - name: b", "    price: *p"),
      1,
      "s.yaml:3: tier t1: its price is an alias",
    ],
    [
      "a price that an alias elsewhere stands for",
      lines("tiers:", "  - { name: a, price: &p { inputPerMTok: 1, outputPerMTok: 2 } }", "  - name: b", "    price: *p"),
      0,
      "s.yaml:2: tier t0: its price is shared",
    ],
    [
      "a number that an alias elsewhere stands for",
      lines(
        "tiers:",
        "  - name: a",
        "    price: { inputPerMTok: &in 1, outputPerMTok: 9 }",
        "  - name: b",
        "    price: { inputPerMTok: *in }",
      ),
      0,
      "its price is shared",
    ],
    [
      "a number that is an alias",
      lines(
        "tiers:",
        "  - name: a",
        "    price: { inputPerMTok: &in 1 }",
        "  - name: b",
        "    price: { inputPerMTok: *in, outputPerMTok: 9 }",
      ),
      1,
      "a part of its price is an alias",
    ],
    ["comments in braces that get more members", "tiers: [{ name: a, price: { inputPerMTok: 1, # one\n  perHour: 2 } }]\n", 0, "comments"],
    ["a price without a colon", "tiers: [{ name: a, price }]\n", 0, "no place for a value"],
  ])("%s", (_what, text, index, words) => {
    expect(() => withPrices(text, "s.yaml", [edit(index, price(7))])).toThrow(
      expect.objectContaining({
        code: "prices-not-in-place",
        message: expect.stringContaining(words),
        hint: "Write it by hand: price: { inputPerMTok: 7, outputPerMTok: 9 }",
      }),
    );
  });
});

test("whatever prices there were and will be, the text comes to the new ones and no other line differs", () => {
  const dollars = fc.option(
    fc.double({ min: 0, max: 1000, noNaN: true }).map((value) => Number(value.toPrecision(6))),
    { nil: undefined },
  );
  const some = fc.record({
    cached: dollars,
    write: dollars,
    input: dollars.map((value) => value ?? 1),
    output: dollars.map((value) => value ?? 2),
  });
  const member = (name: string, value: number | undefined) => (value === undefined ? [] : [`${name}: ${value}`]);
  fc.assert(
    fc.property(some, some, fc.boolean(), fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1 }), (old, next, isFlow, order) => {
      const all = [
        ["perHour: 3"],
        member("inputPerMTok", old.input),
        member("cachedInputPerMTok", old.cached),
        member("cacheWritePerMTok", old.write),
        member("outputPerMTok", old.output),
      ];
      const members = order.flatMap((at) => all[at] ?? []);
      fc.pre(members.length > 0);
      const written = isFlow ? ` { ${members.join(", ")} }` : members.map((each) => `\n      ${each} # ${each}`).join("");
      const [front, behind] = ["# one\ntiers:\n  - name: a\n    price:", "\n    model: x # two\n  - name: b\n# three\n"];
      const after = withPrices(front + written + behind, "s", [edit(0, price(next.input, next.cached, next.write, next.output))]);
      expect([after.startsWith(front), after.endsWith(behind)]).toEqual([true, true]);
      const value = (parse(after) as { tiers: { price: object }[] }).tiers[0]?.price;
      const wanted = {
        ...(members.includes("perHour: 3") ? { perHour: 3 } : {}),
        inputPerMTok: next.input,
        ...(next.cached === undefined ? {} : { cachedInputPerMTok: next.cached }),
        ...(next.write === undefined ? {} : { cacheWritePerMTok: next.write }),
        outputPerMTok: next.output,
      };
      expect(value).toEqual(wanted);
      if (!isFlow && members.includes("perHour: 3")) expect(after).toContain("\n      perHour: 3 # perHour: 3");
    }),
    { numRuns: 300 },
  );
});
