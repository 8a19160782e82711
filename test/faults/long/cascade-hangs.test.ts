// A sluice that hangs while answers pass through it: they are given up with Envoy's connection to it, and others are not concerned.
import { expect, test } from "vitest";
import { inTheMiddle, LOST, WHOLE } from "../../support/cascade.ts";

test("the answer it holds is lost and one that passes is cut within seconds; one that is not judged is whole", async () => {
  const { sluice, results } = await inTheMiddle();
  const since = performance.now();
  sluice.child.signal("SIGSTOP");
  const [held, passing, unjudged] = await results;
  expect([held, passing?.status, unjudged]).toMatchObject([LOST, "rejected", WHOLE]);
  expect(performance.now() - since).toBeLessThan(15_000);
  sluice.child.signal("SIGKILL");
});
