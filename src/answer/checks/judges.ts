// The judge that `accept` makes: each check is asked as the answer grows; the first that has something against it speaks for all.
import { AnswerReading } from "./answer-reading.ts";
import type { Finding, Watch, When } from "./check.ts";
import type { AnswerHead, AnswerJudge, AnswerJudges, Judgement } from "./judge.ts";
import { CHECKS, type CheckName, type CheckSettings, watchOf } from "./list.ts";

const GOOD: Judgement = { isGood: true };
const ORDER = Object.keys(CHECKS);

/** An answer with another status than 200 is judged by its status, elsewhere: there is nothing against it here. */
export function answerJudges(accept: readonly CheckSettings[]): AnswerJudges {
  const ordered = accept.toSorted((a, b) => ORDER.indexOf(a.check) - ORDER.indexOf(b.check));
  return { judge: (head) => (head.status === 200 ? judgeOf(ordered, head) : { push: () => GOOD, settle: () => GOOD }) };
}

interface Asking {
  readonly check: CheckName;
  readonly watch: Watch;
}

function judgeOf(accept: readonly CheckSettings[], { request }: AnswerHead): AnswerJudge {
  const reading = new AnswerReading(request);
  let asking: readonly Asking[] = accept.map((settings) => ({ check: settings.check, watch: watchOf(settings) }));
  let judgement: Judgement | undefined;

  const look = (when: When): Judgement | undefined => {
    let open: Asking[] | undefined; // made only when one is done
    for (const [at, each] of asking.entries()) {
      const finding = each.watch(reading, when);
      if (finding === undefined) {
        open?.push(each);
        continue;
      }
      if (finding !== "good") return { isGood: false, reason: each.check, detail: finding.bad };
      open ??= asking.slice(0, at);
    }
    asking = open ?? asking;
    return asking.length === 0 ? GOOD : undefined;
  };

  return {
    push(piece) {
      if (judgement !== undefined) return judgement;
      reading.push(piece);
      judgement = look("growing");
      return judgement;
    },
    settle(why) {
      if (judgement !== undefined) return judgement;
      reading.finish(why);
      judgement = look(why) ?? GOOD;
      return judgement;
    },
  };
}

/** What every check says of a whole answer. */
export function findingsOf(
  accept: readonly CheckSettings[],
  request: Uint8Array | undefined,
  answer: Uint8Array,
): readonly { readonly check: CheckName; readonly finding: Finding | undefined }[] {
  const reading = new AnswerReading(request);
  const watches = accept.map((settings) => ({ check: settings.check, watch: watchOf(settings) }));
  reading.push(answer);
  reading.finish("ended");
  return watches.map(({ check, watch }) => ({ check, finding: watch(reading, "ended") }));
}
