// Whatever we say, Envoy hears: replies as protobufjs decodes them by our and by the official .proto files.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as reply from "../../src/envoy/wire/processing-response.ts";
import { official, ours } from "../envoy/wire/oracle.ts";
import { bytes, text } from "./wire-arbitraries.ts";

const phase = fc.constantFrom("request" as const, "response" as const);
const mutation = fc.record({ set: fc.array(fc.tuple(text, text), { maxLength: 6 }), remove: fc.array(text, { maxLength: 4 }) });
const commonReply = fc.record(
  { headers: mutation, body: fc.array(bytes, { maxLength: 5 }), clearRouteCache: fc.boolean() },
  { requiredKeys: ["clearRouteCache"] },
);

function headerMutation({ set, remove }: reply.HeaderMutation): object {
  const set_headers = set.map(([key, value]) => ({ header: { key, raw_value: Buffer.from(value) }, append_action: 2 }));
  return { set_headers, remove_headers: remove };
}

function commonResponse({ headers, body, clearRouteCache }: reply.CommonReply): object {
  return {
    ...(headers !== undefined || clearRouteCache ? { header_mutation: headerMutation(headers ?? { set: [], remove: [] }) } : {}),
    ...(body !== undefined ? { body_mutation: { mutation: "body", body: Buffer.concat(body) } } : {}),
    ...(clearRouteCache ? { clear_route_cache: true } : {}),
  };
}

describe.each([
  ["our", ours],
  ["the official", official],
])("a reply, read by %s .proto files,", (_, oracle) => {
  it("to headers says what was meant", () => {
    fc.assert(
      fc.property(phase, commonReply, (phase, common) => {
        expect(oracle.decodeProcessingResponse(reply.encodeHeadersReply(phase, common))).toEqual({
          response: `${phase}_headers`,
          [`${phase}_headers`]: { response: commonResponse(common) },
        });
      }),
      { numRuns: 500 },
    );
  });

  it("to a body says what was meant", () => {
    fc.assert(
      fc.property(phase, commonReply, (phase, common) => {
        expect(oracle.decodeProcessingResponse(reply.encodeBodyReply(phase, common))).toEqual({
          response: `${phase}_body`,
          [`${phase}_body`]: { response: commonResponse(common) },
        });
      }),
      { numRuns: 500 },
    );
  });

  it("to a body is the same in parts", () => {
    fc.assert(
      fc.property(phase, commonReply, fc.array(bytes, { maxLength: 5 }), (phase, common, body) => {
        const whole = reply.encodeBodyReply(phase, { ...common, body });
        expect(Buffer.concat(reply.bodyReplyInParts(phase, { ...common, body }))).toEqual(Buffer.from(whole));
      }),
    );
  });

  it("to the client at once says what was meant", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), mutation, bytes, text, (status, headers, body, details) => {
        expect(oracle.decodeProcessingResponse(reply.encodeImmediateReply({ status, headers, body, details }))).toEqual({
          response: "immediate_response",
          immediate_response: { status: { code: status }, headers: headerMutation(headers), body: Buffer.from(body), details },
        });
      }),
      { numRuns: 300 },
    );
  });
});

it("a piece of a full-duplex body says what was meant", () => {
  fc.assert(
    fc.property(phase, bytes, fc.boolean(), (phase, body, endOfStream) => {
      const streamed_response = { body: Buffer.from(body), ...(endOfStream ? { end_of_stream: true } : {}) };
      expect(ours.decodeProcessingResponse(reply.encodeStreamedBodyReply(phase, { body, endOfStream }))).toEqual({
        response: `${phase}_body`,
        [`${phase}_body`]: { response: { body_mutation: { mutation: "streamed_response", streamed_response } } },
      });
    }),
    { numRuns: 300 },
  );
});
