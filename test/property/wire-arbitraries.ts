// Arbitrary texts and damage for the wire properties.
import fc from "fast-check";

/** Any text that UTF-8 can say; mostly ASCII, as headers are. */
export const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 40 }) },
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom("a", "-", "é", "설", "\ufeff", "😀"), maxLength: 20 }),
);

export const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ minLength: 100, maxLength: 20_000 }));

/** Cuts, overwrites or repeats parts of a message. */
export const damage = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
    fc.record({ kind: fc.constant("overwrite" as const), at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ kind: fc.constant("repeat" as const), at: fc.nat(), length: fc.integer({ min: 1, max: 20 }) }),
  ),
  { minLength: 1, maxLength: 4 },
);

type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

export function damaged(message: Buffer, faults: Damage): Buffer {
  let bytes = Buffer.from(message);
  for (const fault of faults) {
    const at = fault.at % (bytes.length + 1);
    if (fault.kind === "cut") bytes = bytes.subarray(0, at);
    else if (fault.kind === "overwrite" && at < bytes.length) bytes[at] = fault.byte;
    else if (fault.kind === "repeat") bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - fault.length))]);
  }
  return bytes;
}
