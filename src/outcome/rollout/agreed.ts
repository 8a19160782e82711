// Which of two words on a rollout counts, where replicas did not hear of each other: harm that one has found is not undone by another that
// has not, nor by whoever writes last. Pure.
import type { Change, KeptRollout } from "./kept-rollout.ts";

/** Whether `word`, said where the others did not hear it, is to be said again on top of what they agreed on meanwhile. */
export function weighsMore(word: Change, agreed: KeptRollout): boolean {
  const { status } = agreed.state;
  const isLater = isLaterThan(word, agreed);
  switch (word.action) {
    case "rollback": // only a person's later start undoes it
      return status !== "rolled-back" && (isLater || agreed.changed?.action !== "start");
    case "hold": // of what one's own file does not say the others know
      return status === "running" && word.because !== "file" && (isLater || word.because !== "asked");
    case "promote":
    case "start":
      return false; // it is asked, or found, again
    default:
      return word.action satisfies never;
  }
}

export function isLaterThan(word: Change, { state, changed }: KeptRollout): boolean {
  return word.atMs > (changed?.atMs ?? state.tally.sinceMs);
}
