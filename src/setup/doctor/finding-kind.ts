// What the catalogue says of every kind of finding.

/**
 * `error`: requests fail, are not routed, or choose their own route. `warning`: they will, under load or when a server is gone, or their
 * outcome stays unknown. `note`: it costs, or hides something.
 */
export type Severity = "error" | "warning" | "note";

export interface FindingKind {
  readonly severity: Severity;
  readonly title: string;
  /** What comes of it, as measured on a real Envoy. */
  readonly why: string;
}
