// A later attempt at a request may be served by another tier than the one decided: what is to be changed in the body for that one. The
// body comes as the decision left it, not as an earlier attempt did.
import { type EditPlaces, editedBody, insertedMember, keepingModel } from "../chat/body-edit.ts";
import { fittingEdits } from "../chat/fit-params.ts";
import { meaningOfPath } from "../chat/format.ts";
import type { ParamEdit } from "../chat/params.ts";
import type { ScannedChat } from "../chat/scanner.ts";
import { TIER_HEADER } from "./decision.ts";
import { type HeaderView, unroutableByHeaders } from "./route-headers.ts";
import { editsFor, NO_PARAMS, type Routing, type Tier } from "./routing.ts";

const ATTEMPT_HEADER = "x-envoy-attempt-count";
/** Where a route rewrites paths, the client's own, which tells the format. */
const ORIGINAL_PATH_HEADER = "x-envoy-original-path";

/** The tier that serves this attempt. `attempts`: the tier of each, in order, `weak,weak,strong`. Undefined: not known. */
export function servingTier({ tiers }: Routing, attempts: string, headers: HeaderView): Tier | undefined {
  const name = attempts.split(",")[Number(headers.get(ATTEMPT_HEADER)) - 1];
  return name === undefined ? undefined : tiers.get(name.trim());
}

/** Whether the body must be read for `tier`: not where it is what was decided, nor where it asks for the same model. */
export function needsEdit({ tiers, maxBodyBytes }: Routing, tier: Tier, headers: HeaderView): boolean {
  const decided = headers.get(TIER_HEADER);
  if (decided === tier.name) return false;
  const before = decided === undefined ? undefined : tiers.get(decided);
  if (before !== undefined && before.model === tier.model && keeps(before) === keeps(tier) && sameParams(before, tier)) return false;
  return unroutableByHeaders(clientsView(headers), maxBodyBytes) === undefined;
}

/** `edited`: the pieces to forward instead. `unread`: no chat that can be read, so it stays as it is. */
export type AttemptBody =
  | { readonly kind: "edited"; readonly body: readonly Uint8Array[] }
  | { readonly kind: "unchanged" }
  | { readonly kind: "unread" };

const UNREAD: AttemptBody = { kind: "unread" };
const UNCHANGED: AttemptBody = { kind: "unchanged" };

/** The body with the model of `tier` and no other, as a decision for it would have left it. Throws only on a bug. */
export function bodyForTier(routing: Routing, tier: Tier, body: Uint8Array, headers: HeaderView): AttemptBody {
  const { format, asks } = meaningOfPath(clientsView(headers).get(":path"));
  if (body.length === 0 || body.length > routing.maxBodyBytes || format === "other") return UNREAD;
  const scanned = routing.scanner.scan(body, format);
  if (scanned.kind !== "chat") return UNREAD;
  const decided = routing.tiers.get(headers.get(TIER_HEADER) ?? "");
  const takesParams = asks === "an answer";
  const places = decided === undefined || !takesParams ? scanned : withoutParamsOf(decided, body, scanned);
  const { params } = places;
  const asked = takesParams ? editsFor(tier, undefined) : NO_PARAMS;
  const edits = fittingEdits({ format: scanned.facts.format, body, params, model: tier.model }, asked);
  // Of a model that the decided tier dropped or replaced nothing is known any more: then it is dropped.
  const isKept = decided !== undefined && keeps(decided) && keeps(tier);
  const edited = editedBody(body, isKept ? keepingModel(places) : places, tier.model, edits);
  return edited === undefined ? UNCHANGED : { kind: "edited", body: edited };
}

function clientsView(headers: HeaderView): HeaderView {
  const original = headers.get(ORIGINAL_PATH_HEADER);
  return original === undefined ? headers : { get: (name) => (name === ":path" ? original : headers.get(name)) };
}

const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });

function keeps({ keepModel = false }: Tier): boolean {
  return keepModel;
}

function sameParams(before: Tier, tier: Tier): boolean {
  return JSON.stringify(editsFor(before, undefined)) === JSON.stringify(editsFor(tier, undefined));
}

/**
 * The places as they were before the decision put its tier's own parameters in front: they are cut away, and count as not given. What a
 * tier overwrote, or set within a client's object, is not known any more and stays.
 */
function withoutParamsOf(decided: Tier, body: Uint8Array, { facts, model, params }: ScannedChat): EditPlaces {
  const edits = editsFor(decided, undefined);
  if (edits.length === 0) return { model, params };
  const [start, end] = model.cuts;
  const at = start === model.insertAt && end !== undefined ? end : model.insertAt;
  // What was put in front depends on what the client gave, which stands behind it: the longest front that agrees with its rest.
  const front = params.filter((place) => place.start > at).slice(0, edits.length);
  for (const { end: last } of front.toReversed()) {
    const given = params.filter((place) => place.start > last);
    const fitted = fittingEdits({ format: facts.format, body, params: given, model: decided.model }, edits);
    if (!isMadeOf(TEXT.decode(body.subarray(at, last + 1)), fitted)) continue;
    return { model: { ...model, cuts: [...model.cuts, at, last + 1] }, params: given };
  }
  return { model, params };
}

/** Of some of the edits, in their order, and of nothing else: a policy's own edit of a parameter takes the place of the tier's. */
function isMadeOf(text: string, edits: readonly ParamEdit[]): boolean {
  let at = 0;
  for (const { name, json } of edits) {
    const inserted = insertedMember(name, json);
    if (text.startsWith(inserted, at)) at += inserted.length;
  }
  return at === text.length;
}
