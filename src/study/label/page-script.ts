// Runs in the browser: asks for rows, has each labelled by a key or a button, and goes on once the label is on the disk. These functions
// arrive there as their own source (see page.ts): they may use each other, and those of page-draw.ts that they are given.
import type { DeskState } from "./desk.ts";
import type { ShownRow } from "./shown-row.ts";

export interface Questions {
  readonly answers: string;
  readonly request: string;
}

export interface LabelPageParts {
  readonly questions: Questions;
  readonly draw: Pick<typeof import("./page-draw.ts"), "drawAnswer" | "drawChoice" | "drawFacts" | "drawTurns" | "wordsOf">;
}

/** What the page knows. */
export interface Labelling extends LabelPageParts {
  readonly skipped: Set<number>;
  state: DeskState | undefined;
  row: ShownRow | undefined; // undefined: none is open
  busy: boolean; // a label is on its way: keys wait
}

export function place(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`invariant: the page has #${id}`);
  return found;
}

export function startLabelling(parts: LabelPageParts): void {
  const page: Labelling = { ...parts, skipped: new Set(), state: undefined, row: undefined, busy: false };
  place("skip").addEventListener("click", () => void during(page, () => skip(page)));
  place("before").addEventListener("click", () => void during(page, () => goBack(page)));
  place("undo").addEventListener("click", () => void during(page, () => undo(page)));
  addEventListener("keydown", (event) => onKey(page, event));
  const criteria = place("criteria") as HTMLDetailsElement;
  criteria.open = matchMedia("(min-width: 60rem)").matches;
  void during(page, async () => {
    page.state = await asked<DeskState>("state");
    await openNext(page, -1);
  });
}

/** One thing at a time; what fails is told, and nothing moves on. */
export async function during(page: Labelling, work: () => Promise<void>): Promise<void> {
  if (page.busy) return;
  page.busy = true;
  const trouble = place("trouble");
  try {
    await work();
    trouble.hidden = true;
  } catch (error) {
    trouble.hidden = false;
    trouble.textContent = String((error as Error).message);
  }
  page.busy = false;
}

/** `body`: what is written. Throws what went wrong, in words for the person. */
export async function asked<T>(path: string, body?: object): Promise<T> {
  const failed = (why: string) => new Error(`Not ${body === undefined ? "loaded" : "saved"}: ${why}`);
  const init = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, { cache: "no-store", ...init }).catch(() => {
    throw failed("sluice no longer answers; is it still running in the terminal?");
  });
  if (!response.ok) throw failed((await response.text()).trim());
  return (await response.json()) as T;
}

/** The first open row behind `at`; then those before it; what was skipped last. */
export async function openNext(page: Labelling, at: number): Promise<void> {
  const done = page.state?.done ?? [];
  const order = [...done.keys()].map((_, step) => (at + 1 + step) % done.length);
  const open = order.filter((row) => !done[row]);
  const next = open.find((row) => !page.skipped.has(row)) ?? open[0];
  if (next === undefined) {
    page.row = undefined;
    drawEnd(page);
    return;
  }
  if (page.skipped.has(next)) page.skipped.clear(); // all the others are done: around again
  await openRow(page, next);
}

export async function openRow(page: Labelling, at: number): Promise<void> {
  page.row = await asked<ShownRow>(`rows/${at}`);
  drawRow(page, page.row);
}

export async function say(page: Labelling, choice: string): Promise<void> {
  const { row } = page;
  if (row === undefined) return;
  const note = (place("note") as HTMLTextAreaElement).value;
  page.state = await asked<DeskState>("labels", { at: row.at, choice, note });
  page.skipped.delete(row.at);
  place("said").textContent = `Saved: ${page.draw.wordsOf(choice)}.`;
  await openNext(page, row.at);
}

export async function skip(page: Labelling): Promise<void> {
  if (page.row === undefined) return;
  const { at } = page.row;
  if (page.state?.done[at] === false) page.skipped.add(at);
  place("said").textContent = "Skipped.";
  await openNext(page, at);
}

export async function goBack(page: Labelling): Promise<void> {
  const rows = page.state?.done.length ?? 0;
  const at = (page.row?.at ?? rows) - 1;
  if (at >= 0) await openRow(page, at);
}

export async function undo(page: Labelling): Promise<void> {
  const at = page.state?.last ?? null;
  if (at === null) return;
  page.state = await asked<DeskState>("undo", {});
  place("said").textContent = "Taken back.";
  await openRow(page, at);
}

export function drawRow(page: Labelling, row: ShownRow): void {
  const { draw, questions } = page;
  const paired = row.answers.length > 0;
  place("where").textContent = `Request ${row.at + 1} of ${page.state?.done.length ?? 0}`;
  place("facts").replaceChildren(...draw.drawFacts(row));
  place("turns").replaceChildren(...draw.drawTurns(row));
  place("answers").replaceChildren(...row.answers.map((blocks, at) => draw.drawAnswer("AB"[at] ?? "", blocks)));
  place("question").textContent = paired ? questions.answers : questions.request;
  place("buttons").replaceChildren(...row.choices.map((choice, at) => choiceButton(page, choice, at)));
  (place("note") as HTMLTextAreaElement).value = row.note;
  showWork(true);
  drawCount(page);
  scrollTo(0, 0);
  place("where").focus({ preventScroll: true });
}

export function choiceButton(page: Labelling, choice: string, at: number): HTMLElement {
  const button = page.draw.drawChoice(choice, at, choice === page.row?.choice);
  button.addEventListener("click", () => void during(page, () => say(page, choice)));
  return button;
}

export function drawCount({ state, skipped }: Labelling): void {
  const rows = state?.done ?? [];
  const labelled = rows.filter(Boolean).length;
  const left = skipped.size > 0 ? `, ${skipped.size} skipped` : "";
  place("count").textContent = `${labelled} of ${rows.length} labelled${left}`;
  const bar = place("progress") as HTMLProgressElement;
  bar.max = Math.max(1, rows.length);
  bar.value = labelled;
  (place("undo") as HTMLButtonElement).disabled = (state?.last ?? null) === null;
}

export function drawEnd(page: Labelling): void {
  const rows = page.state?.done.length ?? 0;
  const ending = place("finished");
  ending.textContent = `All ${rows} are labelled, and on the disk. Close this page, and end sluice in the terminal with Ctrl-C.`;
  showWork(false);
  drawCount(page);
  place("said").textContent = `All ${rows} are labelled.`;
  ending.focus();
}

export function showWork(open: boolean): void {
  for (const id of ["request", "answers", "choices", "noting", "skip"]) place(id).hidden = !open;
  place("finished").hidden = open;
}

/** Digits and letters do something unless they are being typed, or the person has turned that off. */
export function onKey(page: Labelling, event: KeyboardEvent): void {
  const target = event.target instanceof HTMLElement ? event.target : document.body;
  if (target.id === "note") {
    if (event.key === "Escape") place("where").focus();
    return;
  }
  const { checked } = place("keys") as HTMLInputElement;
  if (!checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  const choice = page.row?.choices[Number(event.key) - 1];
  const ways: Record<string, () => Promise<void>> = { s: () => skip(page), u: () => undo(page), p: () => goBack(page) };
  const way = ways[event.key];
  if (choice !== undefined) void during(page, () => say(page, choice));
  else if (way !== undefined) void during(page, way);
  else if (event.key === "n") place("note").focus();
  else return;
  event.preventDefault();
}
