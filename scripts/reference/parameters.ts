// The reference's part on parameters: what each is called in each format.
import { FORMATS } from "../../src/request/chat/facts.ts";
import { PARAMS } from "../../src/request/chat/param-table.ts";

export function parameters(): string {
  const rows = PARAMS.map(({ names, notWithReasoning }) => {
    const cells = FORMATS.map((format) => {
      const texts = (names[format] ?? []).map(({ member, inner }) => `\`${inner === undefined ? member : `${member}.${inner}`}\``);
      return `${texts.join(", ")}${notWithReasoning.includes(format) ? " ¹" : ""}`;
    });
    return `| ${cells.join(" | ")} |`;
  });
  return `## Parameters

What \`params\` may name, by any of the names in a row, and what a request of each format calls it; an empty cell: it is left
out there. It counts as set when the request has any of the names. A request that has a name as \`null\` gets the value there, an
object such as \`reasoning\` gets the member. ¹ Left out where the tier's \`model\` reasons or the request asks for thinking, since
servers refuse it then; also left out: \`temperature\` beside \`top_p\` and over 1 in \`messages\`, and there a limit within
\`thinking.budget_tokens\`. Names that are in no row are set as they are.

| ${FORMATS.join(" | ")} |
|${"---|".repeat(FORMATS.length)}
${rows.join("\n")}`;
}
