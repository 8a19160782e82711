// The tiers: the model servers to choose from, what a request is changed to for them, and what they cost.
import { z } from "zod";
import type { ParamEdit } from "../../request/chat/params.ts";
import type { Shape } from "../../request/chat/shape.ts";
import { ABILITIES, type Abilities, type Ability, answerLimitOf } from "../../request/guard/abilities.ts";
import { type Effective, note } from "../effective.ts";
import { paramKeys, tierName } from "../fields.ts";
import { paramEdits, unknownParams } from "../param-edits.ts";
import { type Complain, requireKnown } from "../references.ts";
import { shapeKey, shapeOf } from "../shapes.ts";
import { asGiven, type Capability, type CapabilityContext, type CapabilityWarning, type WarningContext } from "./capability.ts";

export interface TierConfig {
  readonly name: string;
  readonly model: string | undefined; // set in the body instead of dropping the member
  readonly keepModel: boolean; // the client's own stays; never together with `model`
  readonly params: readonly ParamEdit[]; // set in the body of every request it is decided for
  readonly shape: Shape | undefined; // instructions added to every request it serves
  readonly clusters: readonly string[]; // globs: the Envoy clusters, or hosts, that serve it
  readonly can: Abilities; // what is not there is not known
  readonly contextTokens: number | undefined; // of question and answer together; undefined: not known
  readonly price: Price;
  readonly provider: string | undefined; // whose servers they are; undefined: its own
  readonly substitute: string | undefined; // asked first to stand in for it; undefined: the nearest, above before below
  readonly slo: ServiceLevel;
}

/** Undefined: none is promised. */
export interface ServiceLevel {
  readonly firstByteMs: number | undefined;
}

/** US dollars. Undefined: not known. */
export interface Price {
  readonly inputPerMTok: number | undefined;
  readonly cachedInputPerMTok: number | undefined; // undefined: as the input, as is the next
  readonly cacheWritePerMTok: number | undefined;
  readonly outputPerMTok: number | undefined;
  readonly perHour: number | undefined;
}

export type TiersSettings = readonly [TierConfig, ...TierConfig[]]; // cheap first
type TiersFile = z.output<typeof schema>;
type PriceFile = TiersFile[number]["price"];
type CanFile = TiersFile[number]["can"];

const MAX_TIERS = 32;

const dollars = z.number().min(0).max(1_000_000);

const price = z.strictObject({
  inputPerMTok: dollars.optional().describe("US dollars for a million input tokens"),
  cachedInputPerMTok: dollars
    .optional()
    .describe("US dollars for a million input tokens that the server read from its prompt cache. Default: as `inputPerMTok`"),
  cacheWritePerMTok: dollars
    .optional()
    .describe("US dollars for a million input tokens that the server wrote to its prompt cache. Default: as `inputPerMTok`"),
  outputPerMTok: dollars.optional().describe("US dollars for a million output tokens"),
  perHour: dollars.optional().describe("US dollars for an hour of the tier's servers, where they are rented by time"),
});

const ABILITY_MEANINGS: Readonly<Record<Ability, string>> = {
  images: "images, screenshots too",
  files: "files and documents",
  audio: "sound",
  video: "films",
  tools: "requests that offer tools or functions",
  json: "requests for JSON: a JSON schema, or any JSON",
};

const ability = (name: Ability) => z.boolean().optional().describe(`whether it takes ${ABILITY_MEANINGS[name]}. Default: not known`);

const can = z.strictObject({
  images: ability("images"),
  files: ability("files"),
  audio: ability("audio"),
  video: ability("video"),
  tools: ability("tools"),
  json: ability("json"),
});

const slo = z.strictObject({
  firstByteMs: z
    .number()
    .min(1)
    .max(600_000)
    .optional()
    .describe(
      "of 100 requests 95 shall have the first byte of their answer within so many milliseconds. Where that is known not to hold for " +
        "requests of a size, they go to another tier for which it is not; docs/breakers.md. Default: no level",
    ),
});

const tier = z.strictObject({
  name: tierName.describe("what `x-sluice-tier` says; Envoy's routes match it. Unique"),
  model: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe("the request's `model` is set to this. Default: `model` is dropped, and the server uses its own"),
  keepModel: z
    .boolean()
    .optional()
    .describe(
      "the request's `model` stays as the client sent it, for a server that knows the names clients use; not together with `model`",
    ),
  ...paramKeys,
  ...shapeKey,
  cluster: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe(
      "the Envoy cluster that serves it, as the access log names it, or as the response header `x-sluice-served-by` does where " +
        "it is logged; `*` stands for anything. Default: the name, alone, as a Service's under kgateway (`kube_*_NAME_*`) or " +
        "as a host's (`NAME.*`)",
    ),
  price: price.prefault({}).describe("what the tier costs"),
  can: can
    .prefault({})
    .describe(
      "what its model takes beside text. A request with what is `false` here goes to the next tier above that takes it, whatever the " +
        "policy says; what is not known keeps nothing away",
    ),
  contextTokens: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe(
      "the tokens of question and answer together that its model takes; a longer request goes to the next tier above that takes it. The " +
        "question is estimated, and 15 % put on top; the answer is as long as the request allows. Default: not known",
    ),
  provider: tierName.optional().describe("whose servers they are: tiers of one provider fail together. Default: its own"),
  substitute: tierName
    .optional()
    .describe(
      "the tier that is asked first to stand in for it, while it fails (`breaker`) or is late (`slo`); of another provider where there " +
        "is one. Default: the nearest tier, above before below, for a breaker of other providers first",
    ),
  slo: slo.prefault({}).describe("what it promises"),
});

const schema = z
  .array(tier)
  .min(1)
  .max(MAX_TIERS)
  .default([
    { name: "weak", params: {}, overwrite: false, price: {}, can: {}, slo: {} },
    { name: "strong", params: {}, overwrite: false, price: {}, can: {}, slo: {} },
  ])
  .describe("the model servers to choose from, cheap first. Default: `weak` and `strong`");

export const tiers: Capability<typeof schema, TiersSettings> = {
  schema,
  resolve: resolveTiers,
  shown: asGiven,
  effective,
  secrets: [],
  atNextStart: [],
  warnings,
};

function resolveTiers(file: TiersFile, { complain }: CapabilityContext): TiersSettings {
  const seen = new Set<string>();
  const tiers = file.map(({ name, model, keepModel = false, params, overwrite, shape, cluster, ...rest }, index): TierConfig => {
    const { price, can, contextTokens, provider, substitute, slo } = rest;
    if (seen.has(name)) complain(["tiers", index, "name"], `there is a tier ${name} above`);
    seen.add(name);
    if (keepModel && model !== undefined) complain(["tiers", index, "keepModel"], "cannot be true where `model` is set: one of the two");
    const clusters = cluster === undefined ? clustersNamed(name) : [cluster];
    const edits = paramEdits({ params, overwrite });
    const resolved = { price: resolvePrice(price), can: resolveCan(can), slo: { firstByteMs: slo.firstByteMs } };
    return {
      name,
      model,
      keepModel,
      params: edits,
      shape: shapeOf(name, shape),
      clusters,
      contextTokens,
      provider,
      substitute,
      ...resolved,
    };
  });
  checkSubstitutes(tiers, complain);
  const [first, ...rest] = tiers;
  if (first === undefined) throw new Error("invariant: the schema asks for at least one tier");
  return [first, ...rest];
}

/** What fails with a tier cannot stand in for it. */
function checkSubstitutes(tiers: readonly TierConfig[], complain: Complain): void {
  const names = tiers.map(({ name }) => name);
  for (const [index, { name, provider, substitute }] of tiers.entries()) {
    if (substitute === undefined) continue;
    const path = ["tiers", index, "substitute"] as const;
    const isOfSame = (other: TierConfig) => provider !== undefined && other.provider === provider;
    const other = tiers.find((tier) => !isOfSame(tier));
    if (substitute === name) complain(path, "cannot be the tier itself");
    else if (!names.includes(substitute)) requireKnown(complain, path, substitute, names, "tier");
    else if (other !== undefined && tiers.some((tier) => tier.name === substitute && isOfSame(tier)))
      complain(path, `is of the provider ${provider} too, and fails with it: one of another, such as ${other.name}`);
  }
}

/**
 * What the access log says when a tier of this name served: its cluster in plain Envoy, that of a Service under kgateway (no other part of
 * such a name has an underscore), and the host name that routes of Envoy Gateway have to give, for its clusters hold several tiers.
 */
function clustersNamed(name: string): readonly string[] {
  return [name, `kube_*_${name}_*`, `${name}.*`];
}

function resolvePrice(price: PriceFile): Price {
  const { inputPerMTok, cachedInputPerMTok, cacheWritePerMTok, outputPerMTok, perHour } = price;
  return { inputPerMTok, cachedInputPerMTok, cacheWritePerMTok, outputPerMTok, perHour };
}

/** Without what is not known. */
function resolveCan(can: CanFile): Abilities {
  return Object.fromEntries(Object.entries(can).filter(([, value]) => value !== undefined));
}

function effective(file: TiersFile, settings: TiersSettings): Effective<TiersFile> {
  const unknown = note("not known");
  return file.map(({ name, model, keepModel = false, params, overwrite, shape, cluster, ...rest }, index) => ({
    name,
    model: model ?? note(keepModel ? "the client's own" : "dropped; the server uses its own"),
    keepModel,
    params,
    overwrite,
    shape: shape ?? note("none"),
    cluster: cluster ?? note(`any of ${settings[index]?.clusters.join(", ")}`),
    price: effectivePrice(rest.price),
    can: Object.fromEntries(ABILITIES.map((ability) => [ability, rest.can[ability] ?? unknown])),
    contextTokens: rest.contextTokens ?? unknown,
    provider: rest.provider ?? note("its own"),
    substitute: rest.substitute ?? note("the nearest tier"),
    slo: { firstByteMs: rest.slo.firstByteMs ?? note("no level") },
  }));
}

function effectivePrice(price: PriceFile): Effective<PriceFile> {
  const unknown = note("not known");
  const asInput = note("as inputPerMTok");
  return {
    inputPerMTok: price.inputPerMTok ?? unknown,
    cachedInputPerMTok: price.cachedInputPerMTok ?? asInput,
    cacheWritePerMTok: price.cacheWritePerMTok ?? asInput,
    outputPerMTok: price.outputPerMTok ?? unknown,
    perHour: price.perHour ?? unknown,
  };
}

function warnings(tiers: TiersSettings, context: WarningContext): readonly CapabilityWarning[] {
  const params = tiers.flatMap((tier, index) => unknownParams(tier.params).map((message) => ({ key: [index], message })));
  return [...unreached(tiers, context), ...params, ...differentEdits(tiers), ...takenByNone(tiers), ...withoutRoom(tiers)];
}

/** Such requests are sent on all the same, for nothing better can be done with them. */
function takenByNone(tiers: TiersSettings): readonly CapabilityWarning[] {
  const lacking = ABILITIES.filter((ability) => tiers.every(({ can }) => can[ability] === false));
  if (lacking.length === 0) return [];
  const message =
    `no tier can take ${lacking.join(" or ")}: such requests go to the one with the largest \`contextTokens\`, with the reason ` +
    "`cannot-any`, and are most likely refused there";
  return [{ key: [], message }];
}

function withoutRoom(tiers: TiersSettings): readonly CapabilityWarning[] {
  return tiers.flatMap(({ name, params, contextTokens }, index) => {
    const limit = answerLimitOf(params)?.tokens ?? 0;
    if (contextTokens === undefined || limit < contextTokens) return [];
    const message = `params allow answers of ${limit} tokens, no room is left in contextTokens ${contextTokens}: ${name} gets no chat`;
    return [{ key: [index, "contextTokens"], message }];
  });
}

/** No name of a model. */
const KEPT = Symbol("the client's own");

const DROP_MODELS = "drop the models, or have every tier serve one name";

/** In whatever order they stand. */
function paramsKey(params: readonly ParamEdit[]): string {
  return JSON.stringify(params.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
}

/** Of the gateway nothing is known here: the doctor, which looks at it, is the one to say whether it is so. */
function differentEdits(tiers: TiersSettings): readonly CapabilityWarning[] {
  const differ = (of: (tier: TierConfig) => unknown) => new Set(tiers.map(of)).size > 1;
  const models = differ(({ model, keepModel }) => (keepModel ? KEPT : model)) ? [{ name: "`model`", remedy: DROP_MODELS }] : [];
  const params = differ(({ params }) => paramsKey(params)) ? [{ name: "`params`", remedy: "give all the same params" }] : [];
  const shapes = differ(({ shape }) => JSON.stringify([shape?.prepend, shape?.schema]))
    ? [{ name: "`shape`", remedy: "give all the same shape" }]
    : [];
  const differing = [...models, ...params, ...shapes];
  if (differing.length === 0) return [];
  const message =
    `differ in ${differing.map(({ name }) => name).join(" and ")}, which a fallback from one to another must change: envoy/envoy.yaml ` +
    `does, kgateway and Envoy Gateway cannot (${differing.map(({ remedy }) => remedy).join("; ")}); \`sluice doctor --config FILE\` tells`;
  return [{ key: [], message }];
}

function unreached(tiers: TiersSettings, { reached }: WarningContext): readonly CapabilityWarning[] {
  return tiers.flatMap(({ name }, index) => (reached.has(name) ? [] : [{ key: [index], message: `no policy sends a request to ${name}` }]));
}
