// The scanner against JSON.parse on random bodies, many of them damaged. SCANNER_BODIES: how many per scope; SCANNER_SEED: the first seed.
import { expect, test } from "vitest";
import { SCOPES } from "../../src/chat/facts.ts";
import { expectAgreement, scannerFor } from "./scanner-agreement.ts";
import { bodyFrom, KEYWORDS, randomFrom } from "./scanner-bodies.ts";

const BODIES = Number(process.env["SCANNER_BODIES"] ?? 6000);
const FIRST_SEED = Number(process.env["SCANNER_SEED"] ?? 1);
const PLAIN = KEYWORDS.filter((keyword) => /^[\0-\x7f一-鿿가-힣]*$/.test(keyword));

test.each(SCOPES)(
  "scope %s: verdict, counts, keywords, places and splice are those of JSON.parse",
  (scope) => {
    const lists = [KEYWORDS, PLAIN].map((keywords) => ({ keywords, scanner: scannerFor(keywords, scope) }));
    const kinds = new Map<string, number>();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + BODIES; seed++) {
      const body = bodyFrom(randomFrom(seed));
      for (const { keywords, scanner } of lists) {
        try {
          const kind = expectAgreement(scanner, body, keywords, scope);
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        } catch (error) {
          throw new Error(`seed ${seed}, ${JSON.stringify(body.toString("latin1"))}`, { cause: error });
        }
      }
    }
    for (const kind of ["chat", "foreign", "unreadable"]) expect(kinds.get(kind) ?? 0).toBeGreaterThan(BODIES / 50);
  },
  600_000,
);
