// Where an agent's last actions stand in a body, as the scanner notes them in its memory: see assembly/actions.ts.

export type ActionKind = "call" | "result";

/** As offsets into the body; 0: not given. */
export interface ActionPlace {
  readonly failed: boolean; // of a result: a member says so
  readonly name: number;
  readonly from: number; // a call's arguments, a result's content
  readonly to: number;
  readonly id: number;
}

/** The list of a conversation, of which a ring keeps the last records. */
export interface ActionList {
  readonly tableAt: number; // of the rings of all lists, as an index
  readonly number: number;
  readonly count: number; // noted in all
  readonly bodyAt: number; // an address
}

const MAX_ACTIONS = 32;
const ACTION_INTS = 5;
const [CALL, RESULT, FAILED] = [1, 2, 4];

/** The last `most` of a kind, the newest first. `memory`: the scanner's. */
export function lastActions(memory: Int32Array, list: ActionList, kind: ActionKind, most: number): readonly ActionPlace[] {
  const { count, bodyAt } = list;
  const ring = list.tableAt + list.number * MAX_ACTIONS * ACTION_INTS;
  const bit = kind === "call" ? CALL : RESULT;
  const places: ActionPlace[] = [];
  for (let index = count - 1; index >= 0 && index >= count - MAX_ACTIONS && places.length < most; index--) {
    const at = ring + (index % MAX_ACTIONS) * ACTION_INTS;
    const tag = memory[at] ?? 0;
    if ((tag & bit) === 0) continue;
    places.push({
      failed: (tag & FAILED) !== 0,
      name: offset(memory[at + 1], bodyAt),
      from: offset(memory[at + 2], bodyAt),
      to: offset(memory[at + 3], bodyAt),
      id: offset(memory[at + 4], bodyAt),
    });
  }
  return places;
}

function offset(address = 0, bodyAt = 0): number {
  return address === 0 ? 0 : address - bodyAt;
}
