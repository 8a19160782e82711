import { describe, expect, it } from "vitest";
import * as reply from "../../../src/envoy/wire/processing-response.ts";
import { ours } from "./oracle.ts";

const NOTHING = { set: [], remove: [] };

describe("writing a ProcessingResponse", () => {
  it.each(["request", "response"] as const)("says 'unchanged' for the %s in two bytes, made once", (phase) => {
    for (const [member, encode] of [
      ["headers", reply.encodeHeadersReply],
      ["body", reply.encodeBodyReply],
      ["trailers", reply.encodeTrailersReply],
    ] as const) {
      expect(encode(phase)).toHaveLength(2);
      expect(encode(phase)).toBe(encode(phase));
      expect(ours.decodeProcessingResponse(encode(phase))).toMatchObject({ response: `${phase}_${member}` });
    }
  });

  it("replaces the header of the same name and sends its value as raw_value", () => {
    const message = reply.encodeHeadersReply("request", {
      headers: { set: [["x-sluice-tier", "설계"]], remove: ["x-old"] },
      clearRouteCache: false,
    });
    expect(ours.decodeProcessingResponse(message)).toEqual({
      response: "request_headers",
      request_headers: {
        response: {
          header_mutation: {
            set_headers: [{ header: { key: "x-sluice-tier", raw_value: Buffer.from("설계") }, append_action: 2 }],
            remove_headers: ["x-old"],
          },
        },
      },
    });
  });

  it("joins the pieces of a body in order", () => {
    const pieces = ["{", '"a":1', "", "}"].map((piece) => Buffer.from(piece));
    const message = reply.encodeBodyReply("request", { body: pieces, clearRouteCache: false });
    expect(ours.decodeProcessingResponse(message)).toMatchObject({
      request_body: { response: { body_mutation: { mutation: "body", body: Buffer.from('{"a":1}') } } },
    });
  });

  it("empties a body when there are no pieces", () => {
    const message = reply.encodeBodyReply("request", { body: [], clearRouteCache: false });
    expect(ours.decodeProcessingResponse(message)).toMatchObject({ request_body: { response: { body_mutation: { mutation: "body" } } } });
  });

  it("sends clear_route_cache with a header mutation, an empty one if need be", () => {
    const message = reply.encodeBodyReply("request", { clearRouteCache: true });
    expect(ours.decodeProcessingResponse(message)).toMatchObject({
      request_body: { response: { clear_route_cache: true, header_mutation: { set_headers: [] } } },
    });
  });

  it("writes a piece of a full-duplex body as a streamed response", () => {
    const message = reply.encodeStreamedBodyReply("request", { body: Buffer.from("piece"), endOfStream: true });
    expect(ours.decodeProcessingResponse(message)).toMatchObject({
      request_body: {
        response: {
          body_mutation: { mutation: "streamed_response", streamed_response: { body: Buffer.from("piece"), end_of_stream: true } },
        },
      },
    });
  });

  it("replies at once with status, headers, body and details", () => {
    const headers = { set: [["content-type", "application/json"]], remove: [] } as const;
    const message = reply.encodeImmediateReply({ status: 400, headers, body: Buffer.from("{}"), details: "sluice_refused" });
    expect(ours.decodeProcessingResponse(message)).toMatchObject({
      response: "immediate_response",
      immediate_response: {
        status: { code: 400 },
        headers: { set_headers: [{ header: { key: "content-type", raw_value: Buffer.from("application/json") } }] },
        body: Buffer.from("{}"),
        details: "sluice_refused",
      },
    });
  });

  it.each([
    ["two bytes a character, behind ASCII", `na${"ï".repeat(500)}ve`],
    ["three bytes a character", "설".repeat(5_000)],
    ["half a surrogate pair", "\ud83d".repeat(500)],
  ])("has room for text of %s", (_, text) => {
    const headers = { set: [[text, text]], remove: [text] } as const;
    const wellFormed = Buffer.from(text).toString();
    for (const message of [
      reply.encodeHeadersReply("request", { headers, clearRouteCache: true }),
      reply.encodeImmediateReply({ status: 599, headers, body: Buffer.alloc(0), details: text }),
    ]) {
      expect(JSON.stringify(ours.decodeProcessingResponse(message))).toContain(JSON.stringify([wellFormed]).slice(1, -1));
    }
  });

  it.each([0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])("spells the length of a body of %i bytes", (length) => {
    const body = Buffer.alloc(length, "x");
    const common = ours.decodeProcessingResponse(
      reply.encodeBodyReply("response", { headers: NOTHING, body: [body], clearRouteCache: true }),
    );
    const found = (common as { response_body: { response: { body_mutation: { body?: Buffer } } } }).response_body.response.body_mutation
      .body;
    expect(found?.equals(body)).toBe(true);
  });
});
