// A receiver of spans that hangs, refuses or is down: it is told of while it lasts, within ten seconds, and every span is accounted for.
import { describe, expect, test } from "vitest";
import { accessLogClient } from "../support/access-log-client.ts";
import { freePort } from "../support/free-port.ts";
import { metric } from "../support/metrics.ts";
import { startOtlpReceiver } from "../support/otlp-receiver.ts";
import { startSluice } from "../support/sluice.ts";
import { waitFor } from "../support/wait-for.ts";

/** From the first span on, for it to be told of. */
const TOLD_WITHIN_MS = 10_000;

const receiverThat = (behaviour: "refuses" | "hangs") => async () => {
  const receiver = await startOtlpReceiver();
  receiver.behaviour = behaviour;
  return receiver.url;
};
const receiverThatIsDown = async () => `http://127.0.0.1:${await freePort()}`;

const SAID_EVERY_MS = 10_000;

interface LogLine {
  readonly msg: string;
  readonly count?: number;
}

describe("a receiver of spans", () => {
  test.each([
    ["hangs", receiverThat("hangs"), /^spans wait/],
    ["refuses", receiverThat("refuses"), /^spans are lost/],
    ["is down", receiverThatIsDown, /^spans (?:wait|are lost)/],
  ])("that %s: it is said within ten seconds, not flooded, and at the end each span is told of as lost", async (_name, open, told) => {
    const log: LogLine[] = [];
    const config = `traces: { endpoint: "${await open()}" }\nshutdown: { graceMs: 500 }`;
    const sluice = await startSluice({ config, onLine: (line) => log.push(JSON.parse(line) as LogLine) });
    const client = accessLogClient(sluice.extProc);
    const startedAt = performance.now();
    await client.send(Array.from({ length: 300 }, (_, i) => `early-${i}`));
    await waitFor("it is told", () => log.some(({ msg }) => told.test(msg)), TOLD_WITHIN_MS);
    for (let i = 0; i < 10; i++) await client.send(Array.from({ length: 100 }, (_, j) => `late-${i}-${j}`));
    await waitFor("all are known", async () => (await metric(sluice.adminUrl, "sluice_outcomes_total")) === 1300);
    client.close();
    await sluice.stop();
    const mayBeSaid = 3 + (performance.now() - startedAt) / SAID_EVERY_MS;
    const ofSpans = log.filter(({ msg }) => msg.startsWith("spans "));
    expect(ofSpans.length).toBeLessThanOrEqual(2 * mayBeSaid); // that they wait, and that they are lost
    const lost = ofSpans.filter(({ msg }) => msg.startsWith("spans are lost"));
    expect(lost.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(1300);
    expect(sluice.child.exitCode()).toBe(0);
  });
});
