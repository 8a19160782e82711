// The key `shape` of a tier or a rule: instructions to add to requests, with what they are called, and in words.
import { z } from "zod";
import type { Shape } from "../request/chat/shape.ts";
import { checkedText, jsonProblem } from "./fields.ts";

/** Each request it is added to is sent with it: a longer one belongs into the client. */
const MAX_PREPEND_CHARS = 16_384;
const MAX_SCHEMA_CHARS = 65_536;

const prepend = checkedText((text) => {
  if (text.trim() === "") return "must not be empty";
  if (text.length > MAX_PREPEND_CHARS) return `has ${text.length} characters; at most ${MAX_PREPEND_CHARS} are possible`;
  return text.isWellFormed() ? undefined : "holds half of a surrogate pair";
});

const schema = z.record(z.string(), z.unknown()).check((context) => {
  const { length } = JSON.stringify(context.value);
  const message = length > MAX_SCHEMA_CHARS ? `has ${length} characters as JSON; at most ${MAX_SCHEMA_CHARS} are possible` : undefined;
  const problem = message ?? jsonProblem(context.value);
  if (problem !== undefined) context.issues.push({ code: "custom", message: problem, input: context.value });
});

const shapeFile = z
  .strictObject({
    prepend: prepend.optional().describe("a text in front of the system text; where there is none, the system text"),
    schema: schema
      .optional()
      .describe(
        "JSON Schema, as a map, that the answer is to have; only where the request asks for no form of its own and offers no tools. " +
          "Completions have no member for it",
      ),
  })
  .check((context) => {
    const { prepend, schema } = context.value;
    if (prepend !== undefined || schema !== undefined) return;
    context.issues.push({ code: "custom", message: "must have `prepend` or `schema`", input: context.value });
  });

type ShapeFile = z.output<typeof shapeFile>;

/** For maps that say where a request goes. */
export const shapeKey = {
  shape: shapeFile
    .optional()
    .describe(
      "instructions to add to its requests, so that its model does better (docs/shaping.md). A rule's or a band's goes with its tier, in " +
        "place of that one's own; requests that offer tools get the tier's alone",
    ),
};

/** `name`: of the tier, the rule or the band. */
export function shapeOf(name: string, file: ShapeFile | undefined): Shape | undefined {
  if (file === undefined) return undefined;
  const { prepend, schema } = file;
  return { name, prepend, schema: schema && JSON.stringify(schema) };
}

/** `, adds 120 characters and a schema` */
export function shapeText(shape: Shape | undefined): string {
  if (shape === undefined) return "";
  const { prepend, schema } = shape;
  const parts = [...(prepend === undefined ? [] : [`${prepend.length} characters`]), ...(schema === undefined ? [] : ["a schema"])];
  return `, adds ${parts.join(" and ")}`;
}
