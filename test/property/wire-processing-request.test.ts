// Whatever Envoy can say, we hear: decoding against protobufjs's encoder over our and the official .proto files, against protobuf's rules
// of merging, and against damaged bytes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeProcessingRequest, type ProcessingRequest, WireError } from "../../src/envoy/wire/processing-request.ts";
import { official, ours } from "../envoy/wire/oracle.ts";
import { delimitedField, numberField, UNKNOWN_FIELDS } from "../envoy/wire/raw-fields.ts";
import { bytes, damage, damaged, text } from "./wire-arbitraries.ts";

const BODY_MODES = ["none", "streamed", "buffered", "buffered-partial", "full-duplex-streamed", "grpc"] as const;
const FIELDS = {
  "request-headers": 2,
  "response-headers": 3,
  "request-body": 4,
  "response-body": 5,
  "request-trailers": 6,
  "response-trailers": 7,
} as const;

const header = fc.record({
  key: text,
  value: text,
  raw_value: fc.oneof(
    bytes,
    text.map((value) => Buffer.from(value)),
  ),
});
const headers = fc.record({ headers: fc.record({ headers: fc.array(header, { maxLength: 12 }) }), end_of_stream: fc.boolean() });
const body = fc.record({
  body: bytes,
  end_of_stream: fc.boolean(),
  end_of_stream_without_message: fc.boolean(),
  grpc_message_compressed: fc.boolean(),
});
const mode = fc.integer({ min: 0, max: 5 });

const request = fc
  .record(
    {
      part: fc.oneof(
        fc.record({ kind: fc.constantFrom("request-headers", "response-headers"), headers }),
        fc.record({ kind: fc.constantFrom("request-body", "response-body"), body }),
        fc.record({ kind: fc.constantFrom("request-trailers", "response-trailers") }),
      ),
      observability_mode: fc.boolean(),
      protocol_config: fc.record({
        request_body_mode: mode,
        response_body_mode: mode,
        send_body_without_waiting_for_header_response: fc.boolean(),
      }),
      // Parts of a request that we do not speak, so that they are unknown fields to us.
      metadata_context: fc.constant({ filter_metadata: { "envoy.lb": { fields: { canary: { boolValue: true } } } } }),
      attributes: fc.constant({ "envoy.filters.http.ext_proc": { fields: { "request.path": { stringValue: "/v1" } } } }),
    },
    { requiredKeys: ["part", "observability_mode"] },
  )
  .map(({ part, ...rest }) => {
    const member = part.kind.replace("-", "_");
    const content = "headers" in part ? part.headers : "body" in part ? part.body : { trailers: { headers: [{ key: "grpc-status" }] } };
    return { part, message: { ...rest, [member]: content } };
  });

type Part = (typeof request extends fc.Arbitrary<infer T> ? T : never)["part"];

/** A decoded request as plain data. */
function plain(request: ProcessingRequest): Record<string, unknown> {
  const { observabilityMode: _, requestBodyMode: __, responseBodyMode: ___, ...part } = request;
  if ("headers" in part) return { ...part, headers: [...part.headers.entries()] };
  if ("body" in part) return { ...part, body: Buffer.from(part.body).toString("hex") };
  return part;
}

function expected(part: Part): Record<string, unknown> {
  if ("headers" in part) {
    const entries = part.headers.headers.headers.map(({ key, value, raw_value }) => [
      key,
      raw_value.length > 0 ? Buffer.from(raw_value).toString() : value,
    ]);
    return { kind: part.kind, headers: entries, endOfStream: part.headers.end_of_stream };
  }
  if ("body" in part) {
    const { body, end_of_stream, end_of_stream_without_message } = part.body;
    return {
      kind: part.kind,
      body: Buffer.from(body).toString("hex"),
      endOfStream: end_of_stream,
      endOfStreamWithoutMessage: end_of_stream_without_message,
    };
  }
  return { kind: part.kind };
}

describe("a ProcessingRequest", () => {
  it("decodes to what protobufjs encoded from our .proto files", () => {
    fc.assert(
      fc.property(request, ({ part, message }) => {
        const decoded = decodeProcessingRequest(ours.encodeProcessingRequest(message));
        expect(plain(decoded)).toEqual(expected(part));
        expect(decoded.observabilityMode).toBe(message.observability_mode);
        expect(decoded.requestBodyMode).toBe(BODY_MODES[message.protocol_config?.request_body_mode ?? -1]);
        expect(decoded.responseBodyMode).toBe(BODY_MODES[message.protocol_config?.response_body_mode ?? -1]);
      }),
      { numRuns: 500 },
    );
  });

  it("decodes to what protobufjs encoded from the official .proto files", () => {
    fc.assert(
      fc.property(request, ({ part, message }) => {
        const decoded = decodeProcessingRequest(official.encodeProcessingRequest(message));
        const { endOfStreamWithoutMessage: _, ...known } = expected(part); // newer than these files
        expect(plain(decoded)).toMatchObject(known);
        expect(decoded.observabilityMode).toBe(message.observability_mode);
      }),
      { numRuns: 500 },
    );
  });

  it("finds every header by its name and every name by its start", () => {
    fc.assert(
      fc.property(fc.array(header, { maxLength: 12 }), (entries) => {
        const decoded = decodeProcessingRequest(ours.encodeProcessingRequest({ request_headers: { headers: { headers: entries } } }));
        if (decoded.kind !== "request-headers") throw new Error(decoded.kind);
        for (const { key } of entries.filter((entry) => /^[\x20-\x7e]*$/.test(entry.key))) {
          expect(decoded.headers.get(key)).toBe([...decoded.headers.entries()].find(([name]) => name === key)?.[1]);
          const prefix = key.slice(0, key.length / 2);
          expect(decoded.headers.namesStartingWith(prefix)).toEqual(
            entries.map((entry) => entry.key).filter((name) => name.startsWith(prefix)),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it("merges as protobuf does, however it is split and whatever stands in between", () => {
    const fragment = fc.oneof(
      fc.record({
        kind: fc.constantFrom("request-headers", "response-headers"),
        names: fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 3 }),
      }),
      fc.record({ kind: fc.constantFrom("request-body", "response-body"), body: fc.option(bytes, { nil: undefined }) }),
    );
    const part = fc.record({
      fragment,
      endOfStream: fc.option(fc.boolean(), { nil: undefined }),
      noise: fc.constantFrom(...UNKNOWN_FIELDS),
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const encoded: Buffer[] = [];
        let merged: { kind: string; endOfStream: boolean; headers: string[]; body: string } | undefined;
        for (const { fragment, endOfStream, noise } of parts) {
          if (merged?.kind !== fragment.kind) merged = { kind: fragment.kind, endOfStream: false, headers: [], body: "" };
          const content: Buffer[] = [noise];
          if ("names" in fragment) {
            for (const map of fragment.names)
              content.push(delimitedField(1, noise, ...map.map((name) => delimitedField(1, delimitedField(1, name), noise))));
            merged.headers.push(...fragment.names.flat());
            if (endOfStream !== undefined) content.push(numberField(3, Number(endOfStream)));
          } else {
            if (fragment.body !== undefined) content.push(delimitedField(1, fragment.body));
            merged.body = fragment.body === undefined ? merged.body : Buffer.from(fragment.body).toString("hex");
            if (endOfStream !== undefined) content.push(numberField(2, Number(endOfStream)));
          }
          merged.endOfStream = endOfStream ?? merged.endOfStream;
          encoded.push(delimitedField(FIELDS[fragment.kind], ...content), noise);
        }
        const decoded = plain(decodeProcessingRequest(Buffer.concat(encoded)));
        expect(decoded).toMatchObject({ kind: merged?.kind, endOfStream: merged?.endOfStream });
        if ("body" in decoded) expect(decoded["body"]).toBe(merged?.body);
        else expect(decoded["headers"]).toEqual(merged?.headers.map((name) => [name, ""]));
      }),
      { numRuns: 500 },
    );
  });

  it("is a value or a WireError when damaged, and its parts never reach outside the message", () => {
    let values = 0;
    let errors = 0;
    fc.assert(
      fc.property(request, damage, ({ message }, faults) => {
        const encoded = damaged(ours.encodeProcessingRequest(message), faults);
        try {
          const decoded = decodeProcessingRequest(encoded);
          if ("headers" in decoded) expect(decoded.headers.namesStartingWith("")).toHaveLength([...decoded.headers.entries()].length);
          if ("body" in decoded)
            expect(decoded.body.byteOffset + decoded.body.length).toBeLessThanOrEqual(encoded.byteOffset + encoded.length);
          values++;
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          errors++;
        }
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(values, errors)).toBeGreaterThan(100);
  });

  it("is a value or a WireError when it is mere noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        try {
          decodeProcessingRequest(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
