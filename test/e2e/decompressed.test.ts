// Compressed requests with the optional decompressors of envoy.yaml: routed and edited like any other; and what becomes of a body that is
// far larger than it looks.
import { gzipSync, zstdCompressSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { diagnose } from "../support/doctor.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { decisions } from "../support/metrics.ts";
import { withDecompressors } from "../support/optional-lines.ts";
import { catchPrinted } from "../support/printed.ts";
import { ask, askChunked, bytesOf, chat, received, routed, withoutFirstModel } from "../support/requests.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const WEAK = chat("hello", { model: "glm-5", temperature: 0.7 });
const STRONG = chat(`design ${Array.from({ length: 40_000 }, (_, at) => at.toString(36)).join(" ")}`, { model: "glm-5" });
const CODECS = [
  ["gzip", (body: string | Buffer) => new Uint8Array(gzipSync(body))],
  ["zstd", (body: string | Buffer) => new Uint8Array(zstdCompressSync(body))],
] as const;
const printed = catchPrinted();

describe.each([
  [ENVOY_VERSION, []],
  [OLDEST_ENVOY, ["decompressor-unbounded"]],
])("on Envoy %s", (version, findings) => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ envoy: { version, edit: withDecompressors } });
  });

  describe.each(CODECS)("%s", (encoding, compress) => {
    const headers = { "content-encoding": encoding };

    it.each([
      ["weak", "under-thresholds", WEAK],
      ["strong", "keyword:design", STRONG],
    ])("a chat for %s is routed, and its server gets it in plain, without its model", async (tier, reason, body) => {
      for (const send of [ask, askChunked]) {
        const answer = await send(stack.url, compress(body), headers);
        expect(routed(answer)).toEqual({ tier, servedBy: tier, reason });
        expect(received(answer)).toEqual(bytesOf(withoutFirstModel(body)));
        expect(answer.echo.headers["content-encoding"]).toBeUndefined();
        const length = answer.echo.headers["content-length"];
        expect(length === undefined || Number(length) === answer.echo.bytes).toBe(true);
      }
    });

    it("it is sent again in plain when a server fails", async () => {
      const answer = await ask(stack.url, compress(STRONG), { ...headers, "x-stand-in-script": "strong=503" });
      expect(answer).toMatchObject({ tier: "strong", servedBy: "weak" });
      expect(received(answer)).toEqual(bytesOf(withoutFirstModel(STRONG)));
    });

    it("what is not compressed as it says goes to the default tier, emptied, and is no chat", async () => {
      const answer = await ask(stack.url, WEAK, headers);
      expect(answer).toMatchObject({ tier: "strong", servedBy: "strong", echo: { bytes: 0 } });
    });

    it("a body of 200 MB that came in a few KB reaches no server whole", async () => {
      const bomb = compress(Buffer.alloc(200 << 20, " "));
      const response = await fetch(`${stack.url}/v1/chat/completions`, {
        method: "POST",
        headers: { ...headers, "x-stand-in-echo": "1" },
        body: bomb,
      });
      const text = await response.text();
      const bytes = response.status === 413 ? 0 : (JSON.parse(text) as { readonly bytes: number }).bytes;
      expect(bytes).toBeLessThan(33_554_432);
      expect(await ask(stack.url, WEAK)).toMatchObject({ tier: "weak", servedBy: "weak" });
    });
  });

  it("a compression that Envoy was not told of passes as it came, to the default tier", async () => {
    const before = await decisions(stack.sluice.adminUrl, "compressed");
    const answer = await ask(stack.url, WEAK, { "content-encoding": "br" });
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason: "compressed" });
    expect(received(answer)).toEqual(bytesOf(WEAK));
    expect(await decisions(stack.sluice.adminUrl, "compressed")).toBe(before + 1);
  });

  it("the doctor finds nothing but a limit that is not there", async () => {
    const { ids } = await diagnose(printed, "--envoy-admin", stack.envoy.adminUrl);
    expect(ids).toEqual(findings);
  });
});
