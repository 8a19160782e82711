import { describe, expect, test } from "vitest";
import { compileRegex, MAX_TEXT_BYTES, regexProblem } from "../../../src/request/policy/regex.ts";

const found = (source: string, text: string) => compileRegex(source)(new TextEncoder().encode(text));

describe("a regex", () => {
  test.each([
    ["a+b", "xaab", true],
    ["^a+b$", "xaab", false],
    ["(?i)hello|WORLD", "Hello", true],
    ["\\p{Han}{2}", "请看", true],
    ["\\p{Han}{3}", "请看", false],
    ["설계.*해", "설계를 해", true],
    ["(?i)привет", "ПРИВЕТ", true],
    ["^.$", "🙂", true],
    ["\\bhi\\b", "this", false],
    ["(?s)a.*b", "a\nb", true],
    ["a.*b", "a\nb", false],
    ["(?m)^b$", "a\nb\nc", true],
  ])("%s in %s: %s", (source, text, expected) => {
    expect(found(source, text)).toBe(expected);
  });

  test.each(["(a+)+$", "(.*)*x", "(a|aa)+$", "(?i)(a+)+b", "(\\p{L}+\\s?)+$", "(?i)Ä|(ä|a)*é$", "\\bx|(\\ba|b\\b)+$"])(
    "%s on 100 KB of one letter takes less than 5 ms",
    (source) => {
      const search = compileRegex(source);
      const text = new Uint8Array(100_000).fill(0x61);
      const times = Array.from({ length: 5 }, () => {
        const before = performance.now();
        search(text);
        return performance.now() - before;
      });
      expect(Math.min(...times)).toBeLessThan(5); // the least: the others are what a busy machine adds
    },
  );

  // The automaton of such a pattern has more states than there is memory for: a text of two letters asks for a new one with each.
  test.each(["a[ab]{20}!|a$b", "[ab]{0,30}a[ab]{14}$", "a[ab]{400}$", "([ab]{1,15}a){15}$", "(a|b)*a(a|b){18}[xyz]"])(
    "%s cannot stall on 2 MB made for it",
    (source) => {
      let state = 7;
      const text = Uint8Array.from({ length: 2_000_000 }, () => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return state >>> 31 ? 0x61 : 0x62;
      });
      const search = compileRegex(source);
      const times = Array.from({ length: 3 }, () => {
        const before = performance.now();
        search(text);
        return performance.now() - before;
      });
      expect(Math.min(...times)).toBeLessThan(60); // 10 to 20 ms on an idle machine; without the bounds 200 to 700
    },
  );

  test("of too many states still finds what stands at either end", () => {
    const search = compileRegex("(?:^b|a[ab]{20}!)|END$");
    const mixed = Array.from({ length: 60_000 }, (_, i) => "ab"[(Math.imul(i, 2_654_435_761) >>> 13) & 1]).join("");
    expect(search(new TextEncoder().encode(`a${mixed}END`))).toBe(true);
    expect(search(new TextEncoder().encode(`b${mixed}`))).toBe(true);
    expect(search(new TextEncoder().encode(`a${mixed}`))).toBe(false);
  });

  test("reads the front and the back of a long text as the ends they are, and makes no word of the two", () => {
    const half = MAX_TEXT_BYTES / 2;
    const text = `first ${"설".repeat(half)} last`;
    expect(found("^first", text)).toBe(true);
    expect(found("last$", text)).toBe(true);
    expect(found("설$", text)).toBe(false);
    expect(found("^설", text)).toBe(false);
    expect(found("\\x{FFFD}", text)).toBe(false); // no character was cut in two
    expect(found("middle", `${"a".repeat(half)}middle${"a".repeat(half)}`)).toBe(false);
    expect(found("xy", `${"a".repeat(half - 1)}x${"-".repeat(99)}y${"a".repeat(half - 1)}`)).toBe(false);
  });
});

describe("a pattern that cannot be taken", () => {
  test.each([
    ["", "must not be empty: it would be found in every text"],
    ["a".repeat(501), "has 501 characters; at most 500 are possible"],
    ["((a{1,30}){1,30})", /^comes to \d+ instructions; at most 512 are possible: shorten its counted repetitions/],
    ["(?=a)b", /^uses a lookahead or lookbehind, .*: match more of the text, or add a second condition$/],
    ["(?<!a)b", /^uses a lookahead or lookbehind/],
    ["(a)\\1", /^uses a backreference, .*: write out what may be repeated$/],
    ["(?>a)", /^uses a possessive or atomic group/],
    ["a++", /^uses a possessive or atomic group/],
    ["\\u0041", /^writes a character as .*: write \\x\{0041\}$/],
    ["(a", "is not a regular expression in RE2's syntax: missing closing ): `(a`"],
    ["[z-a]", "is not a regular expression in RE2's syntax: invalid character class range: `z-a`"],
  ])("%s is refused with what to do", (source, complaint) => {
    expect(regexProblem(source)).toMatch(complaint);
    expect(() => compileRegex(source)).toThrow(RangeError);
  });

  test.each(["a", "(?P<name>a)", "\\p{Hangul}+", "(?i)straße"])("%s is none", (source) => {
    expect(regexProblem(source)).toBeUndefined();
  });
});
