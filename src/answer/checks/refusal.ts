// The refusal check: the answer's first sentence declines, or says that it does not know. English, Chinese, Korean.
import type { Watch } from "./check.ts";

/** Several ways to say it, as one pattern. */
const any = (...ways: readonly string[]) => `(?:${ways.join("|")})`;
const words = (list: string) => any(...list.split(" ").map((word) => word.replaceAll("_", " ")));

// Only what stands at the very beginning counts: "I cannot" further on is mostly about something else. Lower case, straight quotes.
const AM = "i(?:'m| am)";
const SORRY = any(
  `${AM}(?: so| very| really| truly)? sorry`,
  "(?:my )?(?:sincere )?apolog(?:ies|y)",
  "i apologi[sz]e",
  "sorry",
  "unfortunately",
);
const APOLOGY = `(?:${SORRY}[,.!:;]*(?: but)?,? ?)?`;
const MODEL = any("ai", "artificial intelligence", "large language model", "language model", "responsible ai");
const OPENING = `(?:as an? ${MODEL}[^.!?,]{0,60},? ?)?`;
const DOING = words(
  "help assist answer provide fulfil fulfill comply create generate write produce give offer discuss engage continue complete support " +
    "do_that do_this do_so share accommodate process respond access browse open view determine facilitate participate recommend advise",
);
const CANNOT = any(
  "can(?:'t|not| not)",
  "could(?: not|n't)",
  "(?:am|'m) (?:not able|unable)(?: to)?",
  "won't",
  "will not",
  "(?:must|have to|need to) decline",
  "(?:do not|don't) feel comfortable",
);
const ADVERB = "(?: directly| actually| really)*";
const DECLINES = `i ${CANNOT}(?: to| be able to)?${ADVERB} ?${DOING}`;
const NOT_ABLE = words("not_able_to unable_to not_comfortable not_allowed_to not_permitted_to not_in_a_position_to");
const UNABLE = `${AM} ${NOT_ABLE}${ADVERB} ?(?:${DOING}|\\w+ing)`;
const DECLINE = "i (?:must|have to|need to|will have to) (?:respectfully )?decline";
const KNOWLEDGE = "(?:enough|sufficient|the necessary|any) (?:information|context|data|knowledge)";
const IGNORANCE = any(
  `i (?:do not|don't) (?:know|have ${any(KNOWLEDGE, "access", "the ability", "information")})`,
  `${AM} not sure(?: (?:how|what|i|about)|[.,!])`,
  "i have no idea",
  `${AM} not certain`,
);
const ENGLISH = new RegExp(`^${APOLOGY}${OPENING}${APOLOGY}${any(DECLINES, UNABLE, DECLINE, IGNORANCE)}`);
/** An apology that says of itself what it is for. */
const SHORT = new RegExp(
  `^${any(`${AM} sorry`, "sorry", "my apologies", "i apologi[sz]e")},? (?:but )?(?:this|that|the) (?:request|question|content|topic)? ?` +
    any("is not something i", "violates", "goes against", "cannot be"),
);

const ZH_SORRY = "(?:(?:非常|很|十分|实在)?(?:抱歉|对不起|對不起|不好意思|遗憾)[,,。.!! ]*(?:但是?)?[,, ]*)?";
const ZH_MODEL = "(?:作为(?:一个|一名|一款)?(?:ai|人工智能|大?语言模型|智能助手)[^。!?,,]{0,20}[,,]? ?)?";
const ZH_CANNOT = "(?:我|本助手|作为ai,我)?(?:目前|暂时|现在|还|也|并)?(?:无法|不能|没有?办法|不会|不方便|不可以|没法|無法|沒辦法)";
const ZH_FOR = "(?:为您|为你|帮助?您|帮助?你|向您|向你|给您|给你|直接|够|對您|對你)*";
const ZH_DOING =
  "(?:回答|提供|协助|帮助|满足|完成|处理|生成|执行|访问|讨论|参与|继续|解答|确定|判断|給出|给出|创作|编写|協助|回應|回应|做到)";
const CHINESE = new RegExp(`^${ZH_SORRY}${ZH_MODEL}(?:(?:但|所以|因此)?[,,]? ?)?${ZH_CANNOT}${ZH_FOR}${ZH_DOING}`);
const CHINESE_IGNORANCE = new RegExp(`^${ZH_SORRY}我?(?:真的|也|并)?(?:不知道|不清楚|不确定|不太清楚|不了解|不確定)`);

const KO_SORRY =
  "(?:(?:정말 |대단히 )?(?:죄송(?:합니다|하지만|해요|하게도)?|미안(?:합니다|하지만|해요)?|안타깝게도|유감스럽게도)(?:만)?[,.! ]*)?";
const KO_DOING = "(?:답변|대답|도움|도와|제공|생성|작성|처리|수행|안내|지원|응답|이행|알려|접근)(?:을|를)? ?(?:해 ?)?";
const KO_CANNOT = "(?:드리|드릴|할|주|줄|제공할)?(?:기는|기)? ?(?:수(?:가|는)? ?없|어렵|못)";
const KO_IGNORANCE = "모르겠|알지 못|잘 모릅니다|확실하지 않습니다";
const KOREAN = new RegExp(`^${KO_SORRY}[^.!?]{0,60}?(?:${KO_DOING}${KO_CANNOT}|${KO_IGNORANCE})`);
const KOREAN_START = /^(?:정말 |대단히 )?(?:죄송|미안|안타깝게도|유감|저는|제가|해당|그 |이 |요청|잘 모르|모르)/;

const FINISHED: ReadonlySet<string> = new Set(["content_filter", "refusal"]);
const SENTENCE_END = /[.!?](?:\s|$)|[。!?\n]/;
const MAX_FIRST = 240; // characters: a longer beginning is judged as it is

/** By the model's own word, by the server's, or by the first sentence, as soon as it has come. */
export const watchRefusal: Watch = ({ answer }, when) => {
  if (answer.refusal !== "") return { bad: "the model refuses" };
  if (answer.finish !== undefined && FINISHED.has(answer.finish)) return { bad: `it ended by ${answer.finish}` };
  const front = answer.text.slice(0, 2 * MAX_FIRST).trimStart();
  const isWhole = front.length >= MAX_FIRST || SENTENCE_END.test(skipApology(front));
  if (!isWhole && when === "growing") return undefined;
  return refuses(front) ? { bad: "its first sentence refuses, or says that it does not know" } : front === "" ? undefined : "good";
};

/** "I'm sorry." is followed by what it is for. */
function skipApology(front: string): string {
  return front.replace(
    /^[^.!?。!?]{0,24}(?:sorry|apologi[sz]e|apologies|抱歉|对不起|對不起|죄송합니다|죄송해요|미안합니다|미안해요)[.!。!]\s*/i,
    "",
  );
}

/** Whether a text begins so. */
export function refuses(text: string): boolean {
  const front = text
    .slice(0, MAX_FIRST)
    .trimStart()
    .replaceAll(/[*_#>"“”]/g, "")
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/\s+/g, " ")
    .toLowerCase();
  if (ENGLISH.test(front) || SHORT.test(front) || CHINESE.test(front) || CHINESE_IGNORANCE.test(front)) return true;
  return KOREAN_START.test(front) && KOREAN.test(front);
}
