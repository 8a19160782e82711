// Counts mapped buffers that are given back, which happens some turns later and in order.
import { vi } from "vitest";
import { giveBack, mapped } from "../../src/envoy/grpc/mapped.ts";

/** Resolves to the number of buffers `act` gave back, whatever was given back before. */
export async function givenBackBy(act: () => void): Promise<number> {
  await allGone();
  const spy = vi.spyOn(ArrayBuffer.prototype, "transferToFixedLength");
  act();
  await allGone();
  const count = spy.mock.calls.length - 1; // the last one is ours
  spy.mockRestore();
  return count;
}

async function allGone(): Promise<void> {
  const last = mapped(1);
  giveBack(last);
  while (last.length > 0) await new Promise((resolve) => setImmediate(resolve));
}
