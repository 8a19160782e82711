// What a report says of itself, so that whoever finds it knows how it was made and what it asks for. Made by who has the clock and the
// command line; nothing here is measured.

/** Stable within a day: the same run gives the same bytes. */
export interface About {
  readonly version: string; // of sluice
  readonly date: string; // of the run: 2026-01-31
  readonly command: string; // as given, for a shell; what looks like a secret is masked
  readonly configuration: RunConfiguration | undefined; // undefined: the run reads none
}

/** Secrets are masked. */
export interface RunConfiguration {
  readonly file: string | undefined; // undefined: the defaults
  readonly defaultTier: string;
  readonly tiers: readonly unknown[]; // with their prices, cheap first
  readonly policies: readonly RunPolicy[]; // those asked for, then those they ask
}

export interface RunPolicy {
  readonly name: string;
  readonly id: string;
  readonly settings: unknown;
}

/** What to do about a finding. */
export interface NextStep {
  readonly policies: readonly string[]; // it is about; empty: the data
  readonly what: string; // a sentence without its capital and full stop
  readonly commands: readonly string[]; // for a shell, in their order
  readonly config: readonly string[]; // lines of sluice.yaml
}
