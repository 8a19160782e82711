// Values of options that commands of the learning loop share.
import { InvalidArgumentError } from "commander";

export function wholeOption(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new InvalidArgumentError("It is a whole number from 0.");
  return number;
}

/** The cheap tier first. */
export function tiersOption(text: string): readonly [weak: string, strong: string] {
  const [weak = "", strong = "", ...rest] = text.split(",").map((name) => name.trim());
  if (weak === "" || strong === "" || weak === strong || rest.length > 0) {
    throw new InvalidArgumentError("Write two names, the cheap tier first: weak,strong.");
  }
  return [weak, strong];
}

export function scoreOption(text: string): number {
  const score = Number(text);
  if (text.trim() === "" || !(score >= 0 && score <= 1)) throw new InvalidArgumentError("It is a number from 0 to 1.");
  return score;
}
