// What several policies need together, for one scan that serves them all.
import type { Borders } from "../chat/keywords.ts";
import type { Needs } from "./policy.ts";

/** A keyword that one of them takes inside words, or at fewer borders, is looked for so. */
export function unionOfNeeds(needs: readonly Needs[]): Needs {
  return {
    keywords: [...new Set(needs.flatMap(({ keywords }) => keywords))],
    borders: commonBorders(needs),
    scopes: [...new Set(needs.flatMap(({ scopes }) => scopes))],
    params: [...new Set(needs.flatMap(({ params }) => params))],
  };
}

function commonBorders(needs: readonly Needs[]): ReadonlyMap<string, Borders> {
  const common = new Map<string, Borders | undefined>();
  for (const { keywords, borders } of needs) {
    for (const word of keywords) {
      const asked = borders?.get(word);
      const before = common.has(word) ? common.get(word) : asked;
      common.set(word, before === undefined || asked === undefined ? undefined : before === asked ? asked : "start");
    }
  }
  return new Map([...common].filter((entry): entry is [string, Borders] => entry[1] !== undefined));
}
