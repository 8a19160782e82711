// Where a key stands in the configuration, and how that is written.

export type KeyPath = readonly (string | number)[];

/** `policies.main.maxChars`, `tiers[0].name` */
export function formatPath(path: KeyPath): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}
