// The scanner against JSON.parse on random bodies, many of them damaged. SCANNER_BODIES: how many; SCANNER_SEED: the first seed.
import { expect, test } from "vitest";
import { FORMATS, SCOPES, type Scope } from "../../src/request/chat/facts.ts";
import { expectExpected, measured } from "./scanner-agreement.ts";
import { bodyFrom } from "./scanner-bodies.ts";
import { expected } from "./scanner-oracle.ts";
import { PARAMS } from "./scanner-requests.ts";
import { KEYWORDS, randomFrom } from "./scanner-values.ts";

const BODIES = Number(process.env["SCANNER_BODIES"] ?? 1500);
const FIRST_SEED = Number(process.env["SCANNER_SEED"] ?? 1);
const PLAIN = KEYWORDS.filter((keyword) => /^[\0-\x7f一-鿿가-힣]*$/.test(keyword));

const SCOPE_SETS: readonly (readonly Scope[])[] = [
  ["all"],
  ["user"],
  ["last_user"],
  SCOPES,
  ["user", "last_user"],
  ["prompt", "last_user", "all"],
  ["prompt"],
  [],
];

test.each([
  ["all keywords", KEYWORDS],
  ["keywords that need no folding", PLAIN],
] as const)(
  "verdict, facts, texts, places and splice are those of JSON.parse, for each scope alone and for several at once, with %s",
  (_, keywords) => {
    const all = SCOPE_SETS.map((scopes, i) => measured(keywords, { scopes, params: i % 2 === 0 ? [] : PARAMS }));
    const kinds = new Map<string, number>();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + BODIES; seed++) {
      const random = randomFrom(seed);
      const path = random.pick([undefined, undefined, ...FORMATS]);
      const body = bodyFrom(random);
      const wanted = expected(body, keywords, path);
      for (const asked of all) {
        try {
          const kind = expectExpected(asked, body, path, wanted);
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        } catch (error) {
          throw new Error(`seed ${seed}, path ${path}, scopes ${asked.scopes}, ${JSON.stringify(body.toString("latin1"))}`, {
            cause: error,
          });
        }
      }
    }
    for (const kind of [...FORMATS, "foreign", "unreadable"]) expect([kind, (kinds.get(kind) ?? 0) > BODIES / 20]).toEqual([kind, true]);
  },
  600_000,
);
