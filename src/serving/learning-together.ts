// Policies that learn, on several replicas over the store that they share: each tells what it has learned and hears what the others have,
// every few seconds. One that finds that things have changed has all of them forget. While the store is away each goes on with what it
// knows.
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { LearnsTogether, Link } from "../request/policy/policy.ts";
import type { SharedTallies, SharedTally, Stands } from "../state/shared-tally.ts";
import { learnersIn } from "./rewards.ts";

export interface LearningTogether {
  /** Those in these policies, and in all that they ask, from now on. */
  takesEffect(deciding: readonly Link[]): void;
  close(): Promise<void>;
}

export interface LearningTogetherDeps {
  readonly stores: SharedTallies | undefined; // undefined: nothing is shared
  readonly everyMs?: number; // in tests
}

/** What is learned lasts for days. */
const EVERY_MS = 5000;

const partSchema = z.object({
  id: z.string(),
  atMs: z.number(),
  arms: z.array(z.array(z.array(z.number()))),
});

export function learningTogether({ stores, everyMs = EVERY_MS }: LearningTogetherDeps): LearningTogether {
  let learning: readonly TogetherLearner[] = [];
  return {
    takesEffect(deciding) {
      if (stores === undefined) return;
      const before = learning;
      learning = [...togetherIn(deciding)].map(
        ([name, learner]) =>
          before.find((each) => each.of === learner) ?? new TogetherLearner(learner, stores.of(`learned:${name}`), everyMs),
      );
      for (const each of before) if (!learning.includes(each)) void each.close();
    },
    async close() {
      await Promise.all(learning.map((each) => each.close()));
    },
  };
}

/** By id. Of two with the same one, as the active policy and a candidate may ask it, the first: they are told apart by that alone. */
function togetherIn(deciding: readonly Link[]): ReadonlyMap<string, LearnsTogether> {
  const found = new Map<string, LearnsTogether>();
  for (const { policy, learner } of learnersIn(deciding)) {
    if (learner.together !== undefined && !found.has(policy)) found.set(policy, learner.together);
  }
  return found;
}

class TogetherLearner {
  readonly of: LearnsTogether;
  readonly #store: SharedTally;
  readonly #id = randomBytes(8).toString("hex");
  readonly #timer: NodeJS.Timeout;
  #version = 0; // of what all have agreed on; each that forgets makes it greater
  #base = 0; // that the store has, as far as is known
  #forgotten: number; // times, of which the others know
  #sequence = 0;
  #isBusy = false;
  #isClosed = false;

  constructor(of: LearnsTogether, store: SharedTally, everyMs: number) {
    this.of = of;
    this.#store = store;
    this.#forgotten = of.forgotten;
    this.#timer = setInterval(() => this.#exchange(), everyMs).unref();
    store.onNews(() => this.#exchange());
    void this.#exchange();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#exchange();
    this.#isClosed = true;
    this.#store.close();
  }

  async #exchange(): Promise<void> {
    if (this.#isBusy || this.#isClosed) return;
    this.#isBusy = true;
    try {
      const isAgreed = this.#base > 0 && this.#base === this.#version && this.#forgotten === this.of.forgotten;
      if (isAgreed || (await this.#agree())) await this.#tell();
    } catch {
      // Counted by the connection; what was not told is told the next time.
    }
    this.#isBusy = false;
  }

  /** That nothing has been forgotten yet, or that all is to be; or what the store has lost. */
  async #agree(): Promise<boolean> {
    const { forgotten } = this.of;
    const isNews = this.#version === 0 || this.#forgotten !== forgotten;
    const version = isNews ? this.#version + 1 : this.#version;
    const reply = await this.#store.agree({ from: this.#base, version, epoch: epochOf(version), record: "forgotten" });
    if (reply.kind === "stands") return this.#stand(reply);
    [this.#version, this.#base, this.#forgotten] = [version, version, forgotten];
    return true;
  }

  /** True: it is what all agree on here, too. */
  #stand({ version }: Stands): boolean {
    this.#base = version;
    if (version < this.#version) return false; // the store has lost it: it is told anew
    const hasForgotten = this.#forgotten !== this.of.forgotten || this.#version === 0;
    if (version > this.#version && !hasForgotten) this.of.forget();
    this.#version = version;
    this.#forgotten = this.of.forgotten;
    return true;
  }

  async #tell(): Promise<void> {
    const part = this.of.told();
    const id = this.#id;
    const parts = part === undefined ? [] : [{ id, sequence: ++this.#sequence, text: JSON.stringify({ id, ...part }, rounded) }];
    const epoch = epochOf(this.#version);
    const reply = await this.#store.exchange({ version: this.#version, epoch, parts, claimant: id, claims: [] });
    if (reply.kind === "stands") {
      this.#stand(reply);
      return;
    }
    if (this.#forgotten !== this.of.forgotten) return; // meanwhile: what was heard is of before
    this.of.hears(reply.parts.flatMap((text) => partsIn(text)).filter((each) => each.id !== id));
  }
}

function epochOf(version: number): string {
  return String(version);
}

/** Of what is learned the eighth digit does not matter. */
function rounded(key: string, value: unknown): unknown {
  return typeof value === "number" && key !== "atMs" ? Number(value.toPrecision(8)) : value;
}

function partsIn(text: string) {
  try {
    const part = partSchema.safeParse(JSON.parse(text)).data;
    return part === undefined ? [] : [part];
  } catch {
    return [];
  }
}
