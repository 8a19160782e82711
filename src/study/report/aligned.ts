// Plain text for terminals: columns set under each other, and long sentences broken between words.

export const LINE_CHARACTERS = 120;

export type Alignment = "left" | "right";

/** Lines of cells under each other, two spaces between columns; a column is as wide as its widest cell. */
export function aligned(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): readonly string[] {
  const widths = alignments.map((_, column) => Math.max(0, ...rows.map((cells) => widthOf(cells[column] ?? ""))));
  return rows.map((cells) => {
    const padded = alignments.map((alignment, column) => {
      const cell = cells[column] ?? "";
      const space = " ".repeat((widths[column] ?? 0) - widthOf(cell));
      return alignment === "left" ? cell + space : space + cell;
    });
    return padded.join("  ").trimEnd();
  });
}

/** A sentence in lines of at most 120 characters; the lines behind the first begin with `indent` spaces. */
export function wrapped(first: string, sentence: string, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true; // nothing of the sentence stands in the line yet
  for (const word of sentence.split(" ")) {
    if (!empty && widthOf(line) + 1 + widthOf(word) > LINE_CHARACTERS) {
      lines.push(line);
      line = " ".repeat(indent);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

/** The front of a text that must fit a column. */
export function cut(text: string, characters: number): string {
  const all = [...text];
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join("")}…`;
}

/** The end of a name that must fit: of `learned:models/week-12.json` it is what tells it from others. */
export function ending(name: string, characters: number): string {
  const all = [...name];
  return all.length <= characters ? name : `…${all.slice(1 - characters).join("")}`;
}

export function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}

function widthOf(text: string): number {
  return [...text].length;
}
