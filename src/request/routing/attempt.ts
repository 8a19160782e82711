// A later attempt at a request may be served by another tier than the one decided: what is to be changed in the body for that one. The
// body comes as the decision left it, not as an earlier attempt did.
import { editedBody, keepingModel, withoutInserted } from "../chat/body-edit.ts";
import { fittingEdits } from "../chat/fit-params.ts";
import { meaningOfPath } from "../chat/format.ts";
import { unshaped } from "../chat/shape-ranges.ts";
import { namesInParamsHeader, PARAMS_HEADER, SHAPED_HEADER, TIER_HEADER } from "./decision.ts";
import { type HeaderView, unroutableByHeaders } from "./route-headers.ts";
import { editsFor, NO_PARAMS, type Routing, shapedBody, type Tier } from "./routing.ts";
import { shapeFor } from "./shaping.ts";

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
  const isWithout = headers.get(PARAMS_HEADER) === undefined && headers.get(SHAPED_HEADER) === undefined;
  if (before !== undefined && isWithout && isAlike(before, tier)) return false;
  return unroutableByHeaders(clientsView(headers), maxBodyBytes) === undefined;
}

/** `edited`: the pieces to forward instead. `unread`: no chat that can be read, so it stays as it is. */
export type AttemptBody =
  | { readonly kind: "edited"; readonly body: readonly Uint8Array[] }
  | { readonly kind: "unchanged" }
  | { readonly kind: "unread" };

const UNREAD: AttemptBody = { kind: "unread" };
const UNCHANGED: AttemptBody = { kind: "unchanged" };

/**
 * The body with the model of `tier` and no other, as a decision for it would have left it: without the parameters that were put in front
 * for the tier decided, its own and the policy's, and without what a shape added. What was overwritten, or set within a client's object, is
 * not known any more and stays. Throws only on a bug.
 */
export function bodyForTier(routing: Routing, tier: Tier, forwarded: Uint8Array, headers: HeaderView): AttemptBody {
  const shapedAt = headers.get(SHAPED_HEADER);
  const body = shapedAt === undefined ? forwarded : unshaped(forwarded, shapedAt);
  const { format, asks } = meaningOfPath(clientsView(headers).get(":path"));
  if (body.length === 0 || body.length > routing.maxBodyBytes || format === "other") return UNREAD;
  const scanned = routing.scanner.scan(body, format);
  if (scanned.kind !== "chat") return UNREAD;
  const decided = routing.tiers.get(headers.get(TIER_HEADER) ?? "");
  const takesParams = asks === "an answer";
  const inserted = headers.get(PARAMS_HEADER);
  const places = inserted === undefined ? scanned : withoutInserted(body, scanned, namesInParamsHeader(inserted));
  const { params } = places;
  const asked = takesParams ? editsFor(tier, undefined) : NO_PARAMS;
  const edits = fittingEdits({ format: scanned.facts.format, body, params, model: tier.model }, asked);
  // Of a model that the decided tier dropped or replaced nothing is known any more: then it is dropped.
  const isKept = decided !== undefined && keeps(decided) && keeps(tier);
  const kept = isKept ? keepingModel(places) : places;
  const shape = takesParams && !scanned.isBare ? shapeFor(tier, undefined, scanned.facts) : undefined;
  const edited =
    shape === undefined
      ? editedBody(body, kept, tier.model, edits)
      : shapedBody(shape, { scanned, body, model: tier.model }, kept, edits).body;
  if (edited !== undefined) return { kind: "edited", body: edited };
  return body === forwarded ? UNCHANGED : { kind: "edited", body: [body] };
}

function clientsView(headers: HeaderView): HeaderView {
  const original = headers.get(ORIGINAL_PATH_HEADER);
  return original === undefined ? headers : { get: (name) => (name === ":path" ? original : headers.get(name)) };
}

function keeps({ keepModel = false }: Tier): boolean {
  return keepModel;
}

function isAlike(before: Tier, tier: Tier): boolean {
  if (before.model !== tier.model || keeps(before) !== keeps(tier)) return false;
  if (editsKey(before) !== editsKey(tier)) return false;
  return before.shape?.prepend === tier.shape?.prepend && before.shape?.schema === tier.shape?.schema;
}

function editsKey(tier: Tier): string {
  return JSON.stringify(editsFor(tier, undefined));
}
