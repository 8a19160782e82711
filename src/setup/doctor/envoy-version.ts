// What Envoy's version says of its limits, where a check depends on it.

/** "1.37.0". Up to 1.37 half of a body's limit counted for retries, and zstd was unpacked without one. */
export function isBefore138(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 1 || (major === 1 && minor < 38);
}
