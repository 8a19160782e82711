// Runs in the browser: draws a row. These functions arrive there as their own source (see page.ts): they may use each other, and what the
// browser has. Text only ever becomes text nodes.
import type { ShownBlock, ShownRow, ShownTurn } from "./shown-row.ts";

export function element(name: string, className: string, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.append(...children);
  return made;
}

export function drawBlock(block: ShownBlock): HTMLElement {
  if (block.kind === "folded") {
    return element("details", "", element("summary", "", block.title), element("pre", "", element("code", "", block.text)));
  }
  if (block.kind === "code") {
    const code = element("pre", "", element("code", "", block.text));
    code.tabIndex = 0; // wide code is scrolled by keys
    return code;
  }
  const text = element("p", "said", block.text);
  text.dir = "auto";
  return text;
}

export function drawTurn({ who, blocks }: ShownTurn): HTMLElement {
  return element("div", `turn ${who}`, element("h3", "", who), ...blocks.map(drawBlock));
}

/** What comes before the last question is folded away where it is long. */
export function drawTurns({ turns, tools }: ShownRow): readonly HTMLElement[] {
  const last = Math.max(
    0,
    turns.findLastIndex(({ who }) => who === "user"),
  );
  const [before, rest] = [turns.slice(0, last), turns.slice(last)];
  const long = before.length > 3 || JSON.stringify(before).length > 1500;
  const folded = element("details", "", element("summary", "", `${before.length} messages before`), ...before.map(drawTurn));
  const offered = element(
    "details",
    "",
    element("summary", "", `tools: ${tools.map((tool) => (tool.kind === "folded" ? tool.title : "")).join(", ")}`),
    ...tools.map(drawBlock),
  );
  return [
    ...(tools.length > 0 ? [offered] : []),
    ...(long ? [folded] : before.map(drawTurn)),
    ...(turns.length > 0 ? rest.map(drawTurn) : [element("p", "none", "The request holds no text.")]),
  ];
}

export function drawAnswer(name: string, blocks: readonly ShownBlock[]): HTMLElement {
  const title = element("h2", "", `Answer ${name}`);
  title.id = `answer-${name}`;
  const words = blocks.length > 0 ? blocks.map(drawBlock) : [element("p", "none", "It is empty.")];
  const box = element("div", "words", ...words);
  box.tabIndex = 0; // long answers are scrolled by keys
  box.setAttribute("role", "region");
  box.setAttribute("aria-labelledby", title.id);
  return element("section", "answer", title, box);
}

export function drawFacts({ facts }: ShownRow): readonly HTMLElement[] {
  return facts.map(([name, value]) => element("div", "", element("dt", "", name), element("dd", "", value)));
}

export function wordsOf(choice: string): string {
  const words: Record<string, string> = {
    weak: "Weak is enough",
    strong: "It needs strong",
    A: "Only A",
    B: "Only B",
    both: "Both",
    neither: "Neither",
  };
  return words[choice] ?? choice;
}

/** `at`: among the choices, from 0. */
export function drawChoice(choice: string, at: number, chosen: boolean): HTMLElement {
  const key = String(at + 1);
  const button = element("button", chosen ? "chosen" : "", `${wordsOf(choice)} `, element("kbd", "", key));
  button.setAttribute("type", "button");
  button.setAttribute("aria-keyshortcuts", key);
  button.setAttribute("aria-pressed", String(chosen));
  return button;
}
