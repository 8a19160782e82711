// Where an agent's last actions stand in a body, as the scanner notes them in its memory: see assembly/actions.ts. A record is known by
// where it stands: no object is made of one, which took longer than reading it.

export type ActionKind = "call" | "result";

/** The list of a conversation, of which a ring keeps the last records. */
export interface ActionList {
  readonly tableAt: number; // of the rings of all lists, as an index
  readonly number: number;
  readonly count: number; // noted in all
}

/** Fields of a record, as addresses; 0: not given. */
export const ACTION = {
  tag: 0,
  name: 1,
  from: 2, // a call's arguments, a result's content
  to: 3,
  id: 4,
} as const;

export const MAX_ACTIONS = 32;
const ACTION_INTS = 5;
const [CALL, RESULT, FAILED] = [1, 2, 4];

/** Of the last records of a kind, the newest first, where they stand: as many as `into` holds. Answers how many. */
export function lastActions(memory: Int32Array, { tableAt, number, count }: ActionList, kind: ActionKind, into: Int32Array): number {
  const ring = tableAt + number * MAX_ACTIONS * ACTION_INTS;
  const bit = kind === "call" ? CALL : RESULT;
  let found = 0;
  for (let index = count - 1; index >= 0 && index >= count - MAX_ACTIONS && found < into.length; index--) {
    const at = ring + (index & (MAX_ACTIONS - 1)) * ACTION_INTS;
    if (((memory[at] ?? 0) & bit) !== 0) into[found++] = at;
  }
  return found;
}

/** Of a result: it says so. */
export function hasFailed(tag: number): boolean {
  return (tag & FAILED) !== 0;
}
