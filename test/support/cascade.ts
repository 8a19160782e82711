// A cascade for tests: sluice's configuration, and requests that say what each tier is to answer.
import { expect } from "vitest";
import { withCascade } from "../../src/setup/stack/optional-lines.ts";
import { startEnvoy } from "./envoy.ts";
import { metric } from "./metrics.ts";
import { type Script, startModelServer, streamOf } from "./model-servers.ts";
import { startSluice } from "./sluice.ts";
import { waitFor } from "./wait-for.ts";

/** Requests that say `ordinary` are not judged. */
export const CASCADE_POLICY = `tiers:
  - { name: weak, price: { inputPerMTok: 1, outputPerMTok: 1 } }
  - { name: strong, price: { inputPerMTok: 9, outputPerMTok: 9 } }
active: main
policies:
  main:
    type: rules
    rules: [{ name: ordinary, match: { keywords: [ordinary] }, tier: weak }]
    fallback: { tier: cascade }
cascade: { steps: [weak, strong], maxShare: 1, accept: { language: false }, hold: { bytes: 100000, tokens: 8, ms: 300 } }`;

export const CONSENSUS_POLICY = `tiers: [{ name: weak }, { name: mid }, { name: strong }]
active: main
policies: { main: { type: fixed, tier: cascade } }
cascade: { type: consensus, steps: [weak, mid, strong], accept: { language: false } }`;

/** A cascade or consensus of three tiers, as docs/cascade.md says: `mid` is served at an address, as weak is. */
export function withThreeSteps(yaml: string, mid: string): string {
  const edited = withCascade(yaml);
  const weak = /^ {2}- name: weak\n(?: {4}.*\n)+/m.exec(edited)?.[0] ?? "";
  const served = weak.replaceAll("weak", "mid").replace(/port_value: \d+/, `port_value: ${mid.split(":").at(-1)}`);
  const route = /- name: cascade_weak_strong\n +match:[\s\S]*?num_retries: 2/;
  return edited
    .replace(route, (lines) => lines.replace('"weak,strong"', '"weak,mid,strong"').replace("num_retries: 2", "num_retries: 3"))
    .replace("{ name: weak }, { name: strong }, { name: weak }", "{ name: weak }, { name: mid }, { name: strong }, { name: weak }")
    .replaceAll('"weak,strong,weak"', '"weak,mid,strong,weak"')
    .replace(/(Not the last tier of x-sluice-cascade.*\n +)"2"/, '$1"4"')
    .replace(weak, () => weak + served);
}

export const GOOD: Script = { words: "one two three four five six seven eight nine ten eleven twelve".split(/(?<= )/) };
export const REFUSED: Script = { words: ["I ", "cannot ", "help ", "with that."] };
const TOOL = {
  type: "function",
  function: { name: "f", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
};
export const LONG: Script = { words: Array.from({ length: 4000 }, (_, at) => `word ${at} `) };
let ids = 0;

export interface Scripts {
  readonly weak: Script;
  readonly mid?: Script;
  readonly strong: Script;
}

export interface Got {
  readonly id: string;
  readonly status: number;
  readonly text: string;
  readonly firstMs: number; // to the first byte of the body
  readonly wholeMs: number;
  readonly attempts: string | null;
  readonly requestId: string | null;
}

export async function askOf(url: string, scripts: Scripts, { stream = true, content = "hi" } = {}): Promise<Got> {
  const id = `r${ids++}`;
  const since = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "accept-encoding": "gzip" },
    body: JSON.stringify({ stream, metadata: { id, ...scripts }, tools: [TOOL], messages: [{ role: "user", content }] }),
  });
  const pieces: Uint8Array[] = [];
  let firstMs = Number.NaN;
  for await (const piece of response.body ?? []) {
    if (pieces.length === 0) firstMs = performance.now() - since;
    pieces.push(piece);
  }
  const { status, headers } = response;
  return {
    id,
    status,
    text: Buffer.concat(pieces).toString(),
    firstMs,
    wholeMs: performance.now() - since,
    attempts: headers.get("x-envoy-attempt-count"),
    requestId: headers.get("x-request-id"),
  };
}

export const streamed = (tier: "weak" | "mid" | "strong", id: string, script: Script) => streamOf(tier, id, script).join("");

/** With one answer that is held, one that passes, one that nobody judges, and one that has not begun. */
export async function inTheMiddle() {
  const [weak, strong] = await Promise.all([startModelServer("weak"), startModelServer("strong")]);
  const sluice = await startSluice({ config: CASCADE_POLICY.replace("ms: 300", "ms: 9000").replace("tokens: 8", "tokens: 10") });
  const envoy = await startEnvoy({ sluice: sluice.extProc, weak: weak.address, strong: strong.address, edit: withCascade });
  const slow = (words: number, everyMs: number): Script => ({ words: LONG.words?.slice(0, words) ?? [], everyMs });
  const held = askOf(envoy.url, { weak: slow(8, 200), strong: GOOD });
  const passing = askOf(envoy.url, { weak: slow(100, 20), strong: GOOD });
  const unjudged = askOf(envoy.url, { weak: slow(100, 20), strong: GOOD }, { content: "ordinary" });
  const later = askOf(envoy.url, { weak: { ...REFUSED, firstMs: 2500 }, strong: GOOD });
  const results = Promise.allSettled([held, passing, unjudged, later]);
  await waitFor("one passes, one is held", async () => (await metric(sluice.adminUrl, "sluice_judged_answers_total")) === 1);
  return { sluice, envoy, results };
}

export const LOST = { status: "fulfilled", value: { status: 500 } };
export const WHOLE = { status: "fulfilled", value: { status: 200, text: expect.stringContaining("[DONE]") } };
