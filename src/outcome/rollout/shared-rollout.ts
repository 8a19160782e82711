// A rollout that several replicas judge together, over a store that all of them see. Each tells what it has counted, and judges the sum as
// the store has it: all see that sum grow in one order, so that it is one test, however many look. What one of them decides the others take
// on at once. While the store is away each goes on by itself, from what it knew last.
import { randomBytes } from "node:crypto";
import type { RolloutSettings } from "../../request/rollout/settings.ts";
import {
  addRequest,
  addUnit,
  emptyTally,
  isFirst,
  type MetUnits,
  merged,
  metUnits,
  type Seen,
  settle,
  type Tally,
} from "../../request/rollout/tally.ts";
import type { Claim, Exchanged, OwnPart, SharedTally, Stands } from "../../state/shared-tally.ts";
import { isLaterThan, weighsMore } from "./agreed.ts";
import type { Change, KeptRollout, SharedPart } from "./kept-rollout.ts";
import { keptIn, recordText, tallyIn } from "./kept-rollout.ts";

export interface LocalRollout {
  kept(): KeptRollout;
  /** What all have counted in this stage. */
  sums(tally: Tally): void;
  /** Counted by this process alone, which nobody else knows of. */
  add(seen: Seen, what: { readonly isUnit: boolean }): void;
  /** What all have agreed on. */
  adopt(agreed: KeptRollout): void;
  /** On top of what they agreed on. */
  insist(change: Change): void;
  /** What is learned of the store: for log and metrics. */
  told(what: SharedNews): void;
}

/** `overruled`: what this process had done without the others is given up for what they did. */
export type SharedNews = "agreed" | "adopted" | "overruled" | "together" | "alone";

export interface SharedRolloutDeps {
  readonly store: SharedTally;
  readonly settings: RolloutSettings;
  readonly now: () => number; // milliseconds since the epoch
}

/** What is told is gathered for so long, whatever it is: were harms of one arm told sooner, the sum would lean to it. */
const GATHER_MS = 200;
/** To hear what others have counted. */
const EVERY_MS = 1000;
const MOST_CLAIMS = 1000;
/** Each is one more that was quicker; then it waits for the next second. */
const MOST_ROUNDS = 8;

interface Counted {
  readonly seen: Seen;
  readonly isUnit: boolean;
}

export class SharedRollout {
  readonly #deps: SharedRolloutDeps;
  readonly #local: LocalRollout;
  readonly #claimant = randomBytes(4).toString("hex");
  readonly #begunWith: Change | undefined;
  readonly #tick: NodeJS.Timeout;
  #part: SharedPart;
  #base: number; // version that the store is thought to have: less than the part's where it has lost it
  #met: MetUnits;
  #pending: Change | undefined; // which the others are to agree on
  #waiting: Seen[] = []; // to be claimed
  #untold: Counted[] = []; // in the part, and not in a sum yet
  #isTogether = false;
  #isBusy = false;
  #isWanted = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: SharedRolloutDeps, local: LocalRollout) {
    const { state, shared, changed } = local.kept();
    this.#deps = deps;
    this.#local = local;
    this.#begunWith = changed;
    this.#part = shared ?? begun(state.tally, deps.now());
    this.#base = this.#part.version;
    this.#pending = this.#part.isAgreed ? undefined : changed;
    this.#met = metUnits(deps.settings);
    this.#tick = setInterval(() => this.#exchange(), EVERY_MS).unref();
    deps.store.onNews(() => this.#exchange());
    this.#exchange();
  }

  /** The store is there. */
  get isTogether(): boolean {
    return this.#isTogether;
  }

  get part(): SharedPart {
    return this.#part;
  }

  saw(seen: Seen): void {
    if (seen.decidedAtMs < this.#part.fromMs) return;
    if (seen.what === "request") this.#count({ seen, isUnit: false });
    if (isFirst(this.#met, seen)) {
      if (this.#isTogether && this.#deps.settings.by !== "request") this.#waiting.push(seen);
      else this.#count({ seen, isUnit: true });
    }
    this.#timer ??= setTimeout(() => this.#exchange(), GATHER_MS).unref();
  }

  /** This is what became of it here, which the others are to take on. */
  changed(change: Change): void {
    this.#pending = change;
    this.#part = { ...this.#part, isAgreed: false };
    this.#enter(this.#local.kept().state.tally);
    this.#exchange();
  }

  /** Tells what has been counted. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#tick);
    clearTimeout(this.#timer);
    for (const seen of this.#waiting.splice(0)) addUnit(this.#part.own, seen, this.#deps.settings);
    if (this.#isTogether && this.#pending === undefined) await this.#tell([]).catch(() => undefined);
    this.#deps.store.close();
  }

  #count({ seen, isUnit }: Counted): void {
    const { own } = this.#part;
    if (isUnit) addUnit(own, seen, this.#deps.settings);
    else addRequest(own, seen);
    if (this.#isTogether) this.#untold.push({ seen, isUnit });
    else this.#local.add(seen, { isUnit });
  }

  /** Another stage, or the same begun anew. */
  #enter({ stage, sinceMs }: Tally): void {
    const { own } = this.#part;
    if (own.stage === stage && own.sinceMs === sinceMs) return;
    const { settings, now } = this.#deps;
    // What was decided here before now had another share, whatever the others' clocks say.
    this.#part = { ...this.#part, own: emptyTally(settings, stage, sinceMs), earlier: [], fromMs: now() };
    [this.#met, this.#waiting, this.#untold] = [metUnits(settings), [], []];
  }

  async #exchange(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isWanted = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    const wasTogether = this.#isTogether;
    try {
      while (this.#isWanted && !this.#isClosed) {
        this.#isWanted = false;
        const isMore = await this.#talk(MOST_CLAIMS);
        if (isMore) await this.#talk(0); // what was claimed counts at once
      }
      if (this.#isTogether && !wasTogether) this.#local.told("together");
    } catch {
      this.#goAlone(); // counted by the connection
    }
    this.#isBusy = false;
  }

  /** True: there is something new to tell. */
  async #talk(mostClaims: number): Promise<boolean> {
    for (let round = 0; round < MOST_ROUNDS && !this.#isClosed; round++) {
      const isAgreed = this.#pending === undefined && this.#base > 0 && this.#base === this.#part.version;
      if (!isAgreed && !(await this.#agree())) continue;
      const { own } = this.#part;
      const claims = this.#waiting.splice(0, mostClaims);
      const told = this.#untold.length;
      const reply = await this.#tell(claims);
      if (this.#isClosed) return false;
      if (own !== this.#part.own) continue; // another stage has begun meanwhile
      if (reply.kind === "done") return this.#take(reply, { claims, told });
      this.#waiting.unshift(...claims);
      this.#stand(reply);
    }
    return false;
  }

  /** True: all agree on what stands here. */
  async #agree(): Promise<boolean> {
    const sent = this.#pending;
    const made = this.#local.kept();
    const [from, version] = [this.#base, Math.max(this.#base, this.#part.version) + 1];
    const reply = await this.#deps.store.agree({ from, version, epoch: epochOf(made.state.tally), record: recordText(made) });
    if (this.#isClosed) return false;
    if (reply.kind === "stands") {
      this.#stand(reply);
      return false;
    }
    const isAgreed = this.#pending === sent; // else more has become of it
    this.#part = { ...this.#part, version, isAgreed };
    this.#base = version;
    if (sent !== undefined) this.#local.told("agreed");
    if (isAgreed) this.#pending = undefined;
    return isAgreed;
  }

  /** They agreed on something else. Where the store has lost it, or it is unreadable, this process's own takes its place. */
  #stand({ version, record }: Stands): void {
    this.#base = version;
    const agreed = version < this.#part.version ? undefined : keptIn(record);
    if (agreed === undefined) return;
    const said = this.#pending;
    const word = said ?? (this.#part.version === 0 ? laterThan(agreed, this.#begunWith) : undefined);
    const insists = word !== undefined && weighsMore(word, agreed);
    this.#pending = undefined;
    this.#enter(agreed.state.tally);
    this.#part = { ...this.#part, version, isAgreed: true };
    this.#local.told(said !== undefined && !insists ? "overruled" : "adopted");
    this.#local.adopt(agreed);
    if (insists) this.#local.insist(word);
  }

  /** Claims that were not answered are to be made again. */
  async #tell(claims: readonly Seen[]): Promise<Exchanged> {
    const { settings, now, store } = this.#deps;
    const { own } = this.#part;
    settle(own, now(), settings);
    this.#part = { ...this.#part, sequence: this.#part.sequence + 1 };
    const { version, id, sequence, earlier } = this.#part;
    const parts = [partOf({ id, sequence, tally: own }), ...earlier.map(partOf)];
    try {
      return await store.exchange({ version, epoch: epochOf(own), parts, claimant: this.#claimant, claims: claims.map(claimOf) });
    } catch (error) {
      if (own === this.#part.own) this.#waiting.unshift(...claims);
      throw error;
    }
  }

  #take({ parts, granted }: Exchanged & { readonly kind: "done" }, { claims, told }: Told): boolean {
    const { own } = this.#part;
    this.#isTogether = true;
    this.#untold.splice(0, told);
    for (const [at, seen] of claims.entries()) if (granted[at] === true) this.#count({ seen, isUnit: true });
    this.#isWanted ||= this.#waiting.length >= MOST_CLAIMS;
    const tallies = parts.flatMap((text) => tallyIn(text) ?? []);
    this.#local.sums(merged(emptyTally(this.#deps.settings, own.stage, own.sinceMs), tallies));
    return granted.includes(true);
  }

  #goAlone(): void {
    if (!this.#isTogether) return;
    this.#isTogether = false;
    this.#local.told("alone");
    const [counted, claimed] = [this.#untold, this.#waiting];
    [this.#untold, this.#waiting] = [[], []];
    for (const { seen, isUnit } of counted) this.#local.add(seen, { isUnit });
    for (const seen of claimed) this.#count({ seen, isUnit: true });
  }
}

interface Told {
  readonly claims: readonly Seen[];
  readonly told: number; // of what was untold
}

function laterThan(agreed: KeptRollout, word: Change | undefined): Change | undefined {
  return word !== undefined && isLaterThan(word, agreed) ? word : undefined;
}

/** Of a process that begins; what it has counted by itself is its own. */
function begun(tally: Tally, nowMs: number): SharedPart {
  return { version: 0, isAgreed: true, id: newId(), sequence: 0, fromMs: nowMs, own: structuredClone(tally), earlier: [] };
}

/** What a process before this one counted, under the name that it had: another one cannot know how far it came. */
export function afterRestart(part: SharedPart, settings: RolloutSettings, nowMs: number): SharedPart {
  const { id, sequence, own, earlier } = part;
  const empty = emptyTally(settings, own.stage, own.sinceMs);
  return { ...part, id: newId(), sequence: 0, fromMs: nowMs, own: empty, earlier: [...earlier, { id, sequence, tally: own }] };
}

function newId(): string {
  return randomBytes(8).toString("hex");
}

function epochOf({ stage, sinceMs }: Tally): string {
  return `${stage}.${sinceMs}`;
}

function partOf({ id, sequence, tally }: SharedPart["earlier"][number]): OwnPart {
  return { id, sequence, text: JSON.stringify(tally) };
}

/** Of the split, and of each guard. */
function claimOf(seen: Seen): Claim {
  return { set: seen.what === "request" ? 0 : seen.guard + 1, member: seen.unit };
}
