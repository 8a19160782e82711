// Whether a request may be answered by what was answered before, and what would have to be equal: its key. Pure; never a guess: two
// requests share a key only where the tier would be sent the same by the same tenant.
import type { Format, RequestFacts } from "../chat/facts.ts";
import { inOneForm, lastValue, type Members, membersOf, reusedMemory } from "./canonical.ts";
import { lastQuestion } from "./last-question.ts";

/** Who shares answers. `credentials`: who sends the same key to the model servers; `user`: whom the body names. Else a header's name. */
export type TenantSource = "credentials" | "user" | "everybody" | { readonly header: string };

export interface CacheSettings {
  readonly ttlMs: number; // 0: only for requests of rules that say how long
  readonly tenant: TenantSource;
  readonly maxTemperature: number; // a request that asks for more wants another answer each time
  readonly epoch: string; // another one, and all that was kept is forgotten
  readonly semantic?: object | undefined; // undefined: what is worded otherwise is another question
}

/** Cryptographic hashes, given so that nothing here does I/O. */
export interface CacheHashes {
  sha256(bytes: Uint8Array): string;
  /** With a secret, so that a key tells nobody whose it is. */
  tenant(name: string): string;
}

/** A request that may be answered so. */
export interface CacheAsk {
  readonly kind: "ask";
  readonly key: string;
  readonly ttlMs: number; // of the answer, if it is kept
  readonly maxAgeMs: number; // of an answer that the client takes; negative: none that was kept
  readonly format: Format;
  readonly stream: boolean;
  readonly semantic?: SemanticAsk; // where another wording may do
}

/** By what else a request may be found than its own words. */
export interface SemanticAsk {
  readonly place: string; // a hash of all that must be equal
  readonly question: string;
}

export interface NotAsked {
  readonly kind: "not";
  readonly why: (typeof NOT_ASKED)[number];
}

/** Why a request is neither answered from the cache nor its answer kept. */
export const NOT_ASKED = ["off", "rollout", "no-store", "no-tenant", "what-it-has", "temperature", "too-large"] as const;

/** What is known of a request when it has been decided. */
export interface Asking {
  readonly facts: RequestFacts;
  readonly sent: readonly Uint8Array[]; // the body that the tier is to get
  readonly tier: string;
  readonly policy: string; // name and version of what decided
  readonly ttlMs: number | undefined; // by the rule that decided; undefined: it says nothing
  readonly header: (name: string) => string | undefined;
}

export interface CacheGuard {
  wordOn(asking: Asking): CacheAsk | NotAsked;
}

/** A larger body is a document, and not asked twice; to read it for its key takes 0.4 ms for a megabyte. */
const MOST_BODY_BYTES = 1 << 20;

/** What names who asks, or what is said beside the question: no answer depends on it. */
const BESIDE = new Set(["user", "metadata", "stream_options", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"]);
/** With one of these the answer is not the body's alone: tools act, files and searches change. */
const ACTING = ["tools", "functions", "mcp_servers", "container", "conversation", "previous_response_id", "background"];
const LOOKING = ["web_search_options", "plugins", "file_ids", "attachments", "data_sources", "audio", "modalities"];
const NEVER: ReadonlySet<string> = new Set([...ACTING, ...LOOKING]);
const NOTHING = new Set(["null", "[]", "{}", "false", '["text"]']);

/** Headers by which servers answer the same body differently. */
const TOLD_BY_HEADERS = [
  ":authority",
  ":path",
  "anthropic-version",
  "anthropic-beta",
  "openai-beta",
  "openai-organization",
  "openai-project",
];
const CREDENTIALS = ["authorization", "x-api-key", "api-key"];

export function cacheGuard(settings: CacheSettings, hashes: CacheHashes): CacheGuard {
  return {
    wordOn(asking) {
      const { facts, sent, header } = asking;
      const { ttlMs = settings.ttlMs } = asking;
      if (ttlMs <= 0) return not("off");
      const wants = cacheControl(header("cache-control"));
      if (wants === undefined) return not("no-store");
      if (acts(facts)) return not("what-it-has");
      if (sent.reduce((sum, { length }) => sum + length, 0) > MOST_BODY_BYTES) return not("too-large");
      const tenant = tenantOf(settings.tenant, facts, header);
      if (tenant === undefined) return not("no-tenant");
      const members = membersOf(joined(sent));
      if (members.members.some(({ name }) => NEVER.has(name) && says(members, name))) return not("what-it-has");
      if (!isCool(lastValue(members, "temperature"), settings.maxTemperature)) return not("temperature");
      const told = front([settings.epoch, hashes.tenant(tenant), asking, facts, header] as const);
      const key = hashes.sha256(inOneForm(told, members, (name) => !BESIDE.has(name)));
      const ask = { kind: "ask", key, ttlMs, maxAgeMs: wants, format: facts.format, stream: facts.stream } as const;
      const semantic = settings.semantic && semanticAsk(told, members, facts.format, hashes);
      return semantic === undefined ? ask : { ...ask, semantic };
    },
  };
}

function semanticAsk(told: string, members: Members, format: Format, { sha256 }: CacheHashes): SemanticAsk | undefined {
  const question = lastQuestion(members, format);
  if (question === undefined) return undefined;
  const { text, member, around } = question;
  const front = JSON.stringify([told, member, around]);
  return { place: sha256(inOneForm(front, members, (name) => name !== member && !BESIDE.has(name))), question: text };
}

function not(why: NotAsked["why"]): NotAsked {
  return { kind: "not", why };
}

function acts({ tools, images, files, audio, video, continued }: RequestFacts): boolean {
  return tools || images || files || audio || video || continued;
}

function says(members: Members, name: string): boolean {
  const value = lastValue(members, name);
  return value !== undefined && !NOTHING.has(value);
}

/** One that cannot be read may mean anything. */
function isCool(temperature: string | undefined, most: number): boolean {
  return temperature === undefined || temperature === "null" || Number(temperature) <= most;
}

type Front = readonly [epoch: string, tenant: string, asking: Asking, facts: RequestFacts, header: Asking["header"]];

/** What stands in front of the body, each part with its length by JSON's quotes, so that no two lists look alike. */
function front([epoch, tenant, { tier, policy }, { format, stream }, header]: Front): string {
  return JSON.stringify([epoch, tenant, format, stream, tier, policy, ...TOLD_BY_HEADERS.map((name) => header(name) ?? null)]);
}

/** Undefined: nobody is named, and nobody's answers are shared with nobody. */
function tenantOf(source: TenantSource, facts: RequestFacts, header: Asking["header"]): string | undefined {
  switch (source) {
    case "everybody":
      return "";
    case "user":
      return named(facts.user);
    case "credentials": {
      const given = CREDENTIALS.map((name) => header(name) ?? "");
      return given.some((text) => text !== "") ? JSON.stringify(given) : undefined;
    }
    default:
      return named(header(source.header));
  }
}

function named(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}

/** How old an answer may be, by the request's `cache-control`; negative: it is to be asked for anew. Undefined: nothing is to be kept. */
function cacheControl(text: string | undefined): number | undefined {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const words = text.toLowerCase().split(/\s*,\s*/);
  if (words.includes("no-store")) return undefined;
  if (words.includes("no-cache")) return -1;
  const seconds = words.flatMap((word) => /^\s*max-age\s*=\s*"?(\d+)"?\s*$/.exec(word)?.[1] ?? [])[0];
  if (seconds === undefined) return Number.POSITIVE_INFINITY;
  return seconds === "0" ? -1 : 1000 * Number(seconds);
}

const joinedIn = reusedMemory();

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  const whole = joinedIn(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole.subarray(0, bytes);
}
