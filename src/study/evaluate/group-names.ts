// The names of groups, each kept once, and no more than can be shown: later ones are counted together.

const MAX_GROUPS = 200;

export const OTHER_GROUPS = "(other groups)";
export const NO_GROUP = "(no group)";

export class GroupNames {
  readonly #ids = new Map<string, number>([
    [NO_GROUP, 0],
    [OTHER_GROUPS, 1],
  ]);

  idOf(name: string | undefined): number {
    if (name === undefined || name === "") return 0;
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    if (this.#ids.size >= MAX_GROUPS + 2) return 1;
    const id = this.#ids.size;
    this.#ids.set(name, id);
    return id;
  }

  /** Whether any row named a group. */
  get any(): boolean {
    return this.#ids.size > 2;
  }

  /** By id. */
  get names(): readonly string[] {
    return [...this.#ids.keys()];
  }
}
