// First answers of a consensus over the store that replicas share, for as long as a server may think.
import { z } from "zod";
import { FIRST_BOUNDS, type FirstAnswer, type SharedFirsts } from "../answer/cascade/first-answers.ts";
import { briefTexts } from "../state/brief-texts.ts";
import type { StateConnection } from "../state/connection.ts";

const firstAnswer = z.union([
  z.literal("nothing"),
  z.object({ text: z.string(), calls: z.array(z.object({ name: z.string(), given: z.unknown() })) }),
]);

export function sharedFirsts(connection: StateConnection): SharedFirsts {
  const texts = briefTexts(connection, "first", FIRST_BOUNDS.ms);
  return {
    keep: (requestId, first) => texts.keep(requestId, JSON.stringify(first)),
    forget: texts.forget,
    async take(requestId) {
      const text = await texts.take(requestId);
      return text === undefined ? undefined : firstIn(text);
    },
  };
}

function firstIn(text: string): FirstAnswer | undefined {
  try {
    return firstAnswer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
