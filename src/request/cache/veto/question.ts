// A question as it is compared word by word: what it quotes, the code in it, and its words in one form of its language. What must not
// differ between two questions for one answer to serve both is all that is left here.
import { chineseWords } from "./chinese.ts";
import { englishWords } from "./english.ts";
import { koreanWords } from "./korean.ts";
import { type Language, languageOf } from "./language.ts";
import { bareWords, GAP, type Words } from "./words.ts";

export interface Question {
  readonly language: Language;
  readonly code: readonly string[]; // between backticks, as it stands
  readonly quoted: readonly string[];
  readonly words: Words;
}

const CODE = /```[\s\S]*?```|`[^`]+`/g;
const QUOTED =
  /"([^"]+)"|“([^”]+)”|‘([^’]+)’|「([^」]+)」|『([^』]+)』|《([^》]+)》|«([^»]+)»|(?<=^|[\s(])'([^\n]+?)'(?=$|[\s).,?!;:\p{Script=Hangul}])/gu;
/** Text that no sentence has: there each character tells, and so does its case. */
const CODE_LIKE = /[{}<>=\\|;]|[\p{L}\p{N}_]\(|\w\[|\/\/|::|->/u;

/** About 30 µs for a sentence, and to be had once for each. */
export function questionOf(text: string): Question {
  const code: string[] = [];
  const quoted: string[] = [];
  const into = (list: string[]) => (found: string) => {
    list.push(found);
    return ` ${GAP} `;
  };
  const without = text.replace(CODE, into(code)).replace(QUOTED, into(quoted)).normalize("NFKC");
  const language = languageOf(without);
  return { language, code, quoted, words: CODE_LIKE.test(without) ? exactWords(without) : wordsIn(language, without) };
}

function wordsIn(language: Language, text: string): Words {
  switch (language) {
    case "en":
      return englishWords(text);
    case "zh":
      return chineseWords(text);
    case "ko":
      return koreanWords(text);
    case "other":
      return bareWords(text.toLowerCase());
    default: {
      const never: never = language;
      return never;
    }
  }
}

function exactWords(text: string): Words {
  const tokens = text.match(/[\p{L}\p{N}_]+|[^\s]/gu) ?? [];
  return {
    tokens: tokens.map((token) => ({ text: token, kind: /^\d/.test(token) ? "number" : "code" })),
    order: tokens.join(" "),
    names: new Map(),
  };
}
