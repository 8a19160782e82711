// The breakers of all tiers, and of the providers that have several of them: fed with outcomes, asked on the request path. They outlive a
// reload, where the tiers keep their names and the settings are the same.
import type { TierName } from "../../policy/policy.ts";
import { type Circuit, type CircuitSettings, type CircuitState, circuit } from "./circuit.ts";

export interface BreakerTier {
  readonly name: TierName;
  readonly provider: string | undefined; // whose servers they are; undefined: its own
}

/** What of: a tier, or a provider, whose tiers then share it. */
export interface BreakerOf {
  readonly kind: "tier" | "provider";
  readonly name: string;
}

export type OnBreakerChange = (of: BreakerOf, to: CircuitState) => void;

export interface BreakersDeps {
  readonly now: () => number; // milliseconds, monotonic
  readonly random: () => number; // 0 to under 1
  readonly onChange: OnBreakerChange;
}

export interface Breakers {
  /** What holds from now on. Undefined: there are no breakers. */
  use(settings: CircuitSettings | undefined, tiers: readonly BreakerTier[]): void;
  /** All are closed: nothing needs to be asked. */
  readonly areClosed: boolean;
  /** Its own and its provider's are closed. */
  isWell(tier: TierName): boolean;
  /** Whether the next request meant for a tier that is not well goes there all the same, to see. */
  drawsProbe(tier: TierName): boolean;
  ended(tier: TierName, isFailed: boolean, decidedMs: number): void;
  /** Its own, or its provider's, whichever keeps more away. Undefined: it has none. */
  stateOf(tier: TierName): CircuitState | undefined;
}

interface TierCircuits {
  readonly own: Circuit;
  readonly ofProvider: Circuit | undefined;
}

/** Of `least`: as many outcomes of one tier say, beside those of its provider's others, whether it fails with them. */
const PART_OF_LEAST = 4;

export function breakers({ now, random, onChange }: BreakersDeps): Breakers {
  let settings: CircuitSettings | undefined;
  let tiers: readonly BreakerTier[] = [];
  let circuits: ReadonlyMap<string, KnownCircuit> = new Map(); // by kind and name
  let byTier: ReadonlyMap<TierName, TierCircuits> = new Map();
  let notClosed = 0;

  const hasSeveral = (provider: string | undefined): provider is string => provider !== undefined && tiersOf(provider).length > 1;
  const tiersOf = (provider: string): readonly TierName[] => tiers.filter((tier) => tier.provider === provider).map(({ name }) => name);

  /** A provider fails where two of its tiers do, and no other of them is seen to be well: else it is the tier that fails. */
  const mayOpen = ({ kind, name }: BreakerOf, nowMs: number): boolean => {
    if (kind === "tier" || settings === undefined) return true;
    const least = Math.ceil(settings.least / PART_OF_LEAST);
    const fails = tiersOf(name).map((tier) => byTier.get(tier)?.own.failsAt(nowMs, least));
    return !fails.includes(false) && fails.filter((does) => does === true).length > 1;
  };

  const made = (of: BreakerOf, using: CircuitSettings): KnownCircuit => {
    let before: CircuitState = "closed";
    const changed = (to: CircuitState): void => {
      notClosed += Number(before === "closed") - Number(to === "closed");
      before = to;
      onChange(of, to);
    };
    return { of, circuit: circuit(using, { random, onChange: changed, mayOpen: (nowMs) => mayOpen(of, nowMs) }) };
  };

  const stateOf = (tier: TierName) => stateIn(byTier.get(tier), now());

  return {
    use(nextSettings, nextTiers) {
      const kept = JSON.stringify(nextSettings) === JSON.stringify(settings) ? circuits : new Map<string, KnownCircuit>();
      settings = nextSettings;
      tiers = nextSettings === undefined ? [] : nextTiers;
      const next = new Map<string, KnownCircuit>();
      const found = (of: BreakerOf, using: CircuitSettings): Circuit => {
        const key = `${of.kind} ${of.name}`;
        const known = next.get(key) ?? kept.get(key) ?? made(of, using);
        next.set(key, known);
        return known.circuit;
      };
      const circuitsOf = ({ name, provider }: BreakerTier, using: CircuitSettings): TierCircuits => ({
        own: found({ kind: "tier", name }, using),
        ofProvider: hasSeveral(provider) ? found({ kind: "provider", name: provider }, using) : undefined,
      });
      byTier = new Map(nextSettings === undefined ? [] : tiers.map((tier) => [tier.name, circuitsOf(tier, nextSettings)]));
      circuits = next;
      notClosed = [...next.values()].filter((known) => known.circuit.stateAt(now()) !== "closed").length;
    },
    get areClosed() {
      return notClosed === 0;
    },
    drawsProbe(tier) {
      if (stateOf(tier) !== "half-open") return false;
      const { own, ofProvider } = byTier.get(tier) ?? {};
      const tried = ofProvider?.stateAt(now()) === "half-open" ? ofProvider : own;
      return tried?.drawsProbe() ?? false;
    },
    isWell: (tier) => (stateOf(tier) ?? "closed") === "closed",
    stateOf,
    ended(tier, isFailed, decidedMs) {
      const { own, ofProvider } = byTier.get(tier) ?? {};
      own?.ended(isFailed, decidedMs, now());
      ofProvider?.ended(isFailed, decidedMs, now());
    },
  };
}

function stateIn(circuits: TierCircuits | undefined, nowMs: number): CircuitState | undefined {
  if (circuits === undefined) return undefined;
  const [own, ofProvider] = [circuits.own.stateAt(nowMs), circuits.ofProvider?.stateAt(nowMs)];
  if (own === "open" || ofProvider === "open") return "open";
  return own === "half-open" || ofProvider === "half-open" ? "half-open" : "closed";
}

interface KnownCircuit {
  readonly of: BreakerOf;
  readonly circuit: Circuit;
}
