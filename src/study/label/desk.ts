// One person's labelling: which rows are open, what was said of the others, and what is written when something is said. Knows nothing of
// pages and requests.
import { SluiceError } from "../../errors.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import type { PlacedRow } from "../loop/read-loop.ts";
import type { Journal } from "./journal.ts";
import { type Choice, type Drawing, firstOf, type LabelEntry, saidOf, type TierPair } from "./label-entry.ts";
import { type ShownRow, shownRow } from "./shown-row.ts";

/** More are no sample: whole bodies are kept in memory. */
export const MOST_ROWS = 20_000;

export interface DeskState {
  readonly by: string;
  readonly done: readonly boolean[]; // of each row, in the order of the files
  readonly last: number | null; // the row that would be opened again by taking back
}

export interface Desk {
  state(): DeskState;
  row(at: number): ShownRow | undefined;
  /** Undefined: no such row, or not one of its choices. Throws `output-unwritable`; then nothing was said. */
  say(at: number, choice: string, note: string): Promise<DeskState | undefined>;
  /** Takes back what was said last. Undefined: nothing was. */
  takeBack(): Promise<DeskState | undefined>;
}

export interface DeskSettings extends Drawing {
  readonly tiers: TierPair;
  readonly now: () => Date;
}

/** Throws `data-invalid` for an id that stands twice, `label-too-many`, `data-empty`. */
export async function rowsToLabel(rows: AsyncIterable<PlacedRow>): Promise<readonly LoopRow[]> {
  const read = new Map<string, LoopRow>();
  for await (const { row, place } of rows) {
    if (read.has(row.id)) {
      const hint = "Give each file once; `sluice collect` writes each row once.";
      throw new SluiceError("data-invalid", `${place}: expected each id once, found ${JSON.stringify(row.id)} again`, { hint });
    }
    if (read.size === MOST_ROWS) throw new SluiceError("label-too-many", `there are more than ${MOST_ROWS.toLocaleString("en-US")} rows`);
    read.set(row.id, row);
  }
  if (read.size === 0) throw new SluiceError("data-empty", "there are no rows to label");
  return [...read.values()];
}

export function openDesk(rows: readonly LoopRow[], journal: Journal, { tiers, by, seed, now }: DeskSettings): Desk {
  const places = new Map(rows.map(({ id }, at) => [id, at]));
  const said = new Map<number, LabelEntry>(); // in the order in which it was said
  const take = (entry: LabelEntry) => {
    const at = places.get(entry.id);
    if (entry.by !== by || at === undefined) return;
    said.delete(at);
    if (entry.undone !== true) said.set(at, entry);
  };
  for (const entry of journal.before) take(entry);
  const state = (): DeskState => ({ by, done: rows.map((_, at) => said.has(at)), last: [...said.keys()].at(-1) ?? null });
  const keep = async (entry: LabelEntry): Promise<DeskState> => {
    await journal.append([entry]);
    take(entry);
    return state();
  };
  const shown = (at: number) => {
    const row = rows[at];
    return row && shownRow(row, at, said.get(at), tiers, { by, seed });
  };
  return {
    state,
    row: shown,
    async say(at, choice, note) {
      const id = rows[at]?.id;
      const known = shown(at)?.choices.find((each): each is Choice => each === choice);
      if (id === undefined || known === undefined) return undefined;
      return keep(entryOf({ id, by, choice: known, seed, note, now }));
    },
    async takeBack() {
      const id = rows[state().last ?? -1]?.id;
      return id === undefined ? undefined : keep({ id, by, undone: true, at: now().toISOString() });
    },
  };
}

export interface Said extends Drawing {
  readonly id: string;
  readonly choice: Choice;
  readonly note: string;
  readonly now: () => Date;
}

/** Who chose among answers also leaves whose stood first. */
export function entryOf({ id, by, seed, choice, note, now }: Said): LabelEntry {
  const first = firstOf({ by, seed }, id);
  const said = saidOf(choice, first);
  const kept = note.trim();
  return { id, by, ...said, ...(said.better !== undefined && { first }), ...(kept !== "" && { note: kept }), at: now().toISOString() };
}
