// Garbage is collected when asked: the young alone, or all of it; and V8 counts buffers soon only while it shall.
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { describe, expect, test } from "vitest";
import { collectEverything, garbage } from "../../../../src/envoy/grpc/http2/garbage.ts";
import { waitFor } from "../../../support/wait-for.ts";

const MINOR = 1;
const FULL = 4;

/** The kinds of collections that were asked for by name meanwhile, whatever V8 does by itself. */
async function collections(act: () => void): Promise<readonly number[]> {
  const FORCED = 4;
  const kinds: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind, flags } = (entry as PerformanceEntry & { readonly detail: { readonly kind: number; readonly flags: number } }).detail;
      if ((flags & FORCED) !== 0) kinds.push(kind);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  act();
  await waitFor("it is told", () => kinds.length > 0);
  observer.disconnect();
  return kinds;
}

/** Objects that are old, of which every fiftieth is kept: no page of the heap is without one. */
function scattered(): readonly unknown[] {
  const all = Array.from({ length: 400_000 }, (_, at) => ({ at, text: [at, at, at, at, at, at, at, at] }));
  garbage([]).collectOnce();
  return all.filter((_, at) => at % 50 === 0);
}

describe("garbage", () => {
  test("that lies between what is kept is given back to the system when everything is collected", () => {
    const kept = scattered();
    const before = getHeapStatistics().total_heap_size;
    collectEverything();
    const { total_heap_size: size, used_heap_size: used } = getHeapStatistics();
    expect(before - used).toBeGreaterThan(40 << 20);
    expect(size - used).toBeLessThan(8 << 20);
    expect(kept).toHaveLength(8000);
  });

  test("young garbage is collected alone", async () => {
    const one = garbage([]);
    expect(await collections(() => one.collectYoung())).toEqual([MINOR]);
  });

  test("at the end all of it is", async () => {
    const one = garbage([]);
    expect(await collections(() => one.collectOnce())).toEqual([FULL]);
  });

  test("where V8 was told to count buffers late, it may be told otherwise and back", async () => {
    const one = garbage(["--external-memory-accounted-in-global-limit"]);
    one.collectOften();
    expect(await collections(() => one.collectOnce())).toEqual([FULL]);
  });
});
