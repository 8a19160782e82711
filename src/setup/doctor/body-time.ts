// How long a body may take to sluice and back, so how long Envoy must wait for it.

export const MIB = 1_048_576;
/** 16 MiB took about half a second on a busy machine, 5 MB 60 to 140 ms. Envoy's default of 200 ms is enough up to 6 MiB. */
export const MS_PER_MIB = 32;

/** Milliseconds. */
export function bodyTimeMs(bytes: number): number {
  return Math.ceil((bytes / MIB) * MS_PER_MIB);
}
