// A terminal drawn whole, again and again: rows of marked text become escape sequences, and at the end it is as it was before.
import type { Span, Style } from "../outcome/live/spans.ts";

const ESCAPE = "\x1b[";
const STYLES: Readonly<Record<Style, string>> = { plain: "", bold: "1", dim: "2", bad: "1;31" };
const ENTER = `${ESCAPE}?1049h${ESCAPE}?25l`; // another screen, without cursor
const LEAVE = `${ESCAPE}?25h${ESCAPE}?1049l`;
const HOME = `${ESCAPE}H`;
const CLEAR_LINE = `${ESCAPE}K`;
const CLEAR_BELOW = `${ESCAPE}J`;

export interface Screen {
  draw(rows: readonly (readonly Span[])[]): void;
  leave(): void;
}

/** Whether what is written there may have colours: it is a terminal that knows them, and NO_COLOR is not set. */
export function takesColour(terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return terminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** `write`: to the terminal. */
export function enterScreen(write: (text: string) => void): Screen {
  write(ENTER);
  return {
    draw: (rows) => write(`${HOME}${rows.map((row) => `${row.map(styled).join("")}${CLEAR_LINE}`).join("\r\n")}${CLEAR_BELOW}`),
    leave: () => write(LEAVE),
  };
}

/** The same rows without colours. */
export function plainText(rows: readonly (readonly Span[])[]): string {
  return rows
    .map(
      (row) =>
        `${row
          .map(({ text }) => text)
          .join("")
          .trimEnd()}\n`,
    )
    .join("");
}

function styled({ text, style }: Span): string {
  return style === "plain" ? text : `${ESCAPE}${STYLES[style]}m${text}${ESCAPE}0m`;
}
