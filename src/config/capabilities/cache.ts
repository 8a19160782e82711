// Answers kept for who asks the same again: for how long, for whom, and how many bytes of them.
import { z } from "zod";
import type { CacheSettings, TenantSource } from "../../request/cache/ask.ts";
import { duration, durationMs } from "../duration.ts";
import { note } from "../effective.ts";
import { checkedText } from "../fields.ts";
import { effectiveSemantic, type SemanticConfig, semantic, semanticOf } from "./cache-semantic.ts";
import { type Capability, type CapabilityWarning, plain } from "./capability.ts";

export interface CacheConfig extends CacheSettings {
  readonly semantic: SemanticConfig | undefined; // undefined: only equal questions share an answer
  readonly sizeBytes: number; // of all that one process holds
  readonly answerBytes: number; // of one answer
  readonly waitMs: number; // for another's answer to the same
}

const MB = 1 << 20;
const HOUR_MS = 3_600_000;
const NAMED_TENANTS = ["credentials", "user", "everybody"] as const;

const schema = z
  .strictObject({
    ttl: duration
      .default("10m")
      .describe(
        "how long an answer is kept, up to a fifth less, so that not all are asked for anew at once: `30s`, `10m`, `2h`, `1d`; `off`, " +
          "only those of rules with `cache`",
      ),
    tenant: checkedText((text) =>
      /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(text)
        ? undefined
        : "must be credentials, user, everybody, or the name of a request header",
    )
      .default("credentials")
      .describe(
        "who shares answers: `credentials`, requests with the same `authorization`, `x-api-key` or `api-key`; a header's name, such as " +
          "`x-team`, those with its value, which your gateway must set; `user`, whom the body names, as the client says; `everybody`. A " +
          "request that names nobody is neither answered from the cache nor kept",
      ),
    sizeBytes: z
      .int()
      .min(MB)
      .max(64 * 1024 * MB)
      .default(64 * MB)
      .describe("bytes of memory for answers, of each process; those that were not asked for the longest go first"),
    answerBytes: z
      .int()
      .min(1024)
      .max(4 * MB)
      .default(256 << 10)
      .describe("an answer of more bytes is not kept"),
    maxTemperature: z
      .number()
      .min(0)
      .max(2)
      .default(0.3)
      .describe("a request with a higher `temperature` is always asked; one without any may be answered from the cache"),
    waitMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(1500)
      .describe(
        "milliseconds that a request waits, while the same one is under way, for that one's answer: at most until a stream's first byte. " +
          "Below Envoy's `message_timeout`, 2 s in envoy.yaml. 0: no request waits",
      ),
    epoch: z
      .string()
      .max(64)
      .default("")
      .describe("any text; another one, and all that was kept is forgotten, as after a change of a prompt that servers put in front"),
    semantic,
  })
  .optional()
  .describe(
    "answers are kept, and who asks exactly the same again gets the same bytes, at no cost; docs/cache.md. Sluice must see answers " +
      "(`sluice_usage` in envoy.yaml) and Envoy's access log. Default: off; `{}` turns it on",
  );

/** Undefined: no answer is kept. */
export const cache: Capability<typeof schema, CacheConfig | undefined> = {
  ...plain,
  schema,
  resolve: (file) =>
    file && { ...file, ttlMs: durationMs(file.ttl), tenant: tenantOf(file.tenant), semantic: file.semantic && semanticOf(file.semantic) },
  effective: (file) =>
    file === undefined ? note("off") : { ...file, semantic: file.semantic === undefined ? note("off") : effectiveSemantic(file.semantic) },
  warnings: (settings) => (settings?.semantic === undefined ? [] : warningsOf(settings, settings.semantic)),
};

function tenantOf(text: string): TenantSource {
  return NAMED_TENANTS.find((name) => name === text) ?? { header: text.toLowerCase() };
}

function warningsOf({ ttlMs }: CacheConfig, { verify }: SemanticConfig): readonly CapabilityWarning[] {
  const short =
    ttlMs > 0 && ttlMs < HOUR_MS ? ["answers live under an hour: few are compared often enough to be trusted; give `ttl` hours"] : [];
  const blind = verify === 0 ? ["`verify` is 0: once it serves, nothing tells when it should no longer"] : [];
  return [...short, ...blind].map((message) => ({ key: ["semantic"], message }));
}
