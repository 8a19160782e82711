// One mistake in how Envoy, or a gateway over it, is wired to sluice.
import type { Abilities } from "../../request/guard/abilities.ts";
import { FINDINGS, type FindingId, type Severity } from "./catalogue.ts";

export interface Finding {
  readonly id: FindingId;
  readonly severity: Severity;
  /** Where it stands: a path through Envoy's configuration, the name of a statistic, or `file:line Kind namespace/name field`. */
  readonly where: string;
  /** What is there, in a sentence, with the value seen. */
  readonly what: string;
  /** What comes of it, measured on a real Envoy. */
  readonly why: string;
  /** The exact lines that mend it, in the language of what was read (Envoy's YAML, or the gateway's manifests). */
  readonly fix: string;
}

/** What sluice itself is set to, as far as the wiring must agree with it. */
export interface SluiceSettings {
  readonly tiers: readonly string[];
  readonly maxBodyBytes: number;
  readonly keepsAnswers?: boolean; // for who asks the same again
  /**
   * Whether the server takes the resets by which Envoy ends answered calls for an attack: sluice's own HTTP/2 never does, the common
   * library does on a Node.js before 22.12.
   */
  readonly countsResets: boolean;
  /** What each tier's servers are asked for. Without it they all take what comes. */
  readonly models?: readonly TierModel[];
  /** The tiers of its cascade, in turn; undefined: it has none. */
  readonly cascade?: readonly string[];
  /** The Envoy cluster that is sluice, where its name does not say so. */
  readonly cluster?: string;
}

export interface TierModel {
  readonly name: string; // of the tier
  readonly model: string | undefined; // set in the body; undefined: none
  readonly keepModel?: boolean; // the client's own stays
  readonly params?: readonly string[]; // set in the body, as `temperature 0.3`
  readonly shape?: string | undefined; // alike where the same instructions are added
  readonly clusters: readonly string[]; // globs: the Envoy clusters that serve it
  readonly can?: Abilities; // what is not there is not known, as is the next
  readonly contextTokens?: number | undefined;
}

/** A finding of the catalogue. `severity` where this case is better or worse than the kind is. */
export function finding(id: FindingId, { where, what, fix, severity }: FindingText): Finding {
  const kind = FINDINGS[id];
  return { id, severity: severity ?? kind.severity, where, what, why: kind.why, fix };
}

interface FindingText {
  readonly where: string;
  readonly what: string;
  readonly fix: string;
  readonly severity?: Severity;
}
