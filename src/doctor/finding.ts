// One mistake in how Envoy, or a gateway over it, is wired to sluice.
import type { FindingId, Severity } from "./catalogue.ts";

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
  /** Whether the server takes Envoy's resets as the answered calls they are: sluice's own HTTP/2 does, the common library does not. */
  readonly countsResets: boolean;
}
