import { describe, expect, it } from "vitest";
import { decodeProcessingRequest, type ProcessingRequest, WireError } from "../../../src/envoy/wire/processing-request.ts";
import { delimitedField, fixed32Field, groupField, numberField, UNKNOWN_FIELDS, varint } from "./raw-fields.ts";

const REQUEST_HEADERS = 2;
const RESPONSE_HEADERS = 3;
const REQUEST_BODY = 4;
const RESPONSE_BODY = 5;
const PROTOCOL_CONFIG = 11;

function header(name: string, value: string): Buffer {
  return delimitedField(1, delimitedField(1, name), delimitedField(3, value));
}

function headersOf(message: Uint8Array): string[][] {
  const request = decodeProcessingRequest(message);
  if (request.kind !== "request-headers" && request.kind !== "response-headers") throw new Error(`got ${request.kind}`);
  return [...request.headers.entries()].map((entry) => [...entry]);
}

function bodyOf(message: Uint8Array): Extract<ProcessingRequest, { readonly kind: "request-body" | "response-body" }> {
  const request = decodeProcessingRequest(message);
  if (request.kind !== "request-body" && request.kind !== "response-body") throw new Error(`got ${request.kind}`);
  return request;
}

describe("reading a ProcessingRequest", () => {
  it.each([
    [2, "request-headers"],
    [3, "response-headers"],
    [4, "request-body"],
    [5, "response-body"],
    [6, "request-trailers"],
    [7, "response-trailers"],
    [12, "unknown"],
  ])("calls member %i %s", (field, kind) => {
    expect(decodeProcessingRequest(delimitedField(field)).kind).toBe(kind);
  });

  it("takes no bytes at all for a message of unknown kind", () => {
    expect(decodeProcessingRequest(new Uint8Array())).toEqual({ kind: "unknown", observabilityMode: false });
  });

  it("shows a body as a view into the message", () => {
    const message = Buffer.concat([
      Buffer.from("before"),
      delimitedField(REQUEST_BODY, delimitedField(1, "hello"), numberField(2, 1)),
    ]).subarray(6);
    const request = bodyOf(message);
    expect(Buffer.from(request.body).toString()).toBe("hello");
    expect(request.body.buffer).toBe(message.buffer);
    expect(request.body.byteOffset).toBe(message.byteOffset + 4);
    expect(request.endOfStream).toBe(true);
  });

  it("finds a header by its whole name, and names by their start", () => {
    const message = delimitedField(
      REQUEST_HEADERS,
      delimitedField(1, header("x-a", "1"), header("x-ab", "2"), header("x-a", "3"), header("y", "4")),
    );
    const request = decodeProcessingRequest(message);
    if (request.kind !== "request-headers") throw new Error(request.kind);
    expect(request.headers.get("x-a")).toBe("1");
    expect(request.headers.get("x-ab")).toBe("2");
    expect(request.headers.get("x-")).toBeUndefined();
    expect(request.headers.get("x-abc")).toBeUndefined();
    expect(request.headers.namesStartingWith("x-")).toEqual(["x-a", "x-ab", "x-a"]);
    expect(request.headers.namesStartingWith("x-sluice-")).toEqual([]);
    expect(request.headers.namesStartingWith("x-a\u001a\u00011")).toEqual([]); // the bytes behind the name
  });

  it("finds names of every length, and none that is not there", () => {
    const names = Array.from({ length: 70 }, (_, at) => "n".repeat(at + 1));
    for (const name of names) {
      const request = decodeProcessingRequest(delimitedField(REQUEST_HEADERS, delimitedField(1, header(name, "1"))));
      if (request.kind !== "request-headers") throw new Error(`got ${request.kind}`);
      expect(names.filter((each) => request.headers.get(each) !== undefined)).toEqual([name]);
    }
  });

  it("prefers raw_value and falls back to value", () => {
    const both = delimitedField(1, delimitedField(1, "both"), delimitedField(2, "value"), delimitedField(3, "raw"));
    const valueOnly = delimitedField(1, delimitedField(1, "old"), delimitedField(2, "value"));
    const neither = delimitedField(1, delimitedField(1, "empty"));
    expect(headersOf(delimitedField(REQUEST_HEADERS, delimitedField(1, both, valueOnly, neither)))).toEqual([
      ["both", "raw"],
      ["old", "value"],
      ["empty", ""],
    ]);
  });

  it("reads UTF-8, a leading byte order mark included, and replaces what is not", () => {
    const headers = [header("a", "\ufeff설계"), delimitedField(1, delimitedField(1, "b"), delimitedField(3, Buffer.from([0x61, 0xff])))];
    expect(headersOf(delimitedField(REQUEST_HEADERS, delimitedField(1, ...headers)))).toEqual([
      ["a", "\ufeff설계"],
      ["b", "a\ufffd"],
    ]);
  });

  it("reads the body modes of the first message, and leaves out those it does not know", () => {
    const config = (...fields: Buffer[]) => decodeProcessingRequest(delimitedField(PROTOCOL_CONFIG, ...fields));
    expect(config(numberField(1, 2))).toMatchObject({ requestBodyMode: "buffered", responseBodyMode: "none" });
    expect(config(numberField(1, 4), numberField(2, 1))).toMatchObject({
      requestBodyMode: "full-duplex-streamed",
      responseBodyMode: "streamed",
    });
    expect(config(numberField(1, 17)).requestBodyMode).toBeUndefined();
    expect(decodeProcessingRequest(delimitedField(REQUEST_BODY)).requestBodyMode).toBeUndefined();
  });
});

describe("protobuf's rules of merging", () => {
  it("adds up the parts of a member that is sent in several", () => {
    const message = Buffer.concat([
      delimitedField(REQUEST_HEADERS, delimitedField(1, header("a", "1")), delimitedField(1, header("b", "2"))),
      delimitedField(REQUEST_HEADERS, numberField(3, 1)),
      delimitedField(REQUEST_HEADERS, delimitedField(1, header("c", "3"))),
    ]);
    expect(headersOf(message)).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ]);
    expect(decodeProcessingRequest(message)).toMatchObject({ endOfStream: true });
  });

  it("forgets a member when another one follows, even when the first comes again", () => {
    const message = Buffer.concat([
      delimitedField(REQUEST_HEADERS, delimitedField(1, header("a", "1")), numberField(3, 1)),
      delimitedField(RESPONSE_HEADERS, delimitedField(1, header("b", "2"))),
    ]);
    expect(headersOf(message)).toEqual([["b", "2"]]);
    expect(decodeProcessingRequest(message)).toMatchObject({ kind: "response-headers", endOfStream: false });
    expect(headersOf(Buffer.concat([message, delimitedField(REQUEST_HEADERS)]))).toEqual([]);

    const bodies = Buffer.concat([
      delimitedField(REQUEST_BODY, delimitedField(1, "gone"), numberField(2, 1)),
      delimitedField(RESPONSE_BODY),
    ]);
    expect(bodyOf(bodies)).toMatchObject({ kind: "response-body", endOfStream: false, body: Buffer.alloc(0) });
  });

  it("lets the last of a repeated value win", () => {
    const message = delimitedField(
      REQUEST_BODY,
      delimitedField(1, "first"),
      numberField(2, 1),
      delimitedField(1, "last"),
      numberField(2, 0),
    );
    expect(bodyOf(message)).toMatchObject({ body: Buffer.from("last"), endOfStream: false });
  });

  it("steps over unknown fields of every wire type, at every level", () => {
    const value = delimitedField(1, ...UNKNOWN_FIELDS, delimitedField(1, "a"), delimitedField(3, "1"), ...UNKNOWN_FIELDS);
    const map = delimitedField(1, ...UNKNOWN_FIELDS, value, ...UNKNOWN_FIELDS);
    const message = Buffer.concat([
      ...UNKNOWN_FIELDS,
      delimitedField(REQUEST_HEADERS, ...UNKNOWN_FIELDS, map, numberField(3, 1)),
      ...UNKNOWN_FIELDS,
    ]);
    expect(headersOf(message)).toEqual([["a", "1"]]);
  });

  it("steps over a known field of another wire type", () => {
    const wrong = [numberField(1, 1), delimitedField(2, "x"), groupField(3), fixed32Field(1)];
    expect(bodyOf(delimitedField(REQUEST_BODY, delimitedField(1, "kept"), ...wrong))).toMatchObject({
      body: Buffer.from("kept"),
      endOfStream: false,
    });
    expect(decodeProcessingRequest(Buffer.concat([delimitedField(REQUEST_BODY), numberField(REQUEST_HEADERS, 1)])).kind).toBe(
      "request-body",
    );
    const map = delimitedField(1, numberField(1, 1), groupField(1), header("a", "1"));
    expect(headersOf(delimitedField(REQUEST_HEADERS, map))).toEqual([["a", "1"]]);
  });
});

describe("malformed bytes", () => {
  const good = delimitedField(REQUEST_HEADERS, delimitedField(1, header("a", "1")));
  it.each([
    ["a message cut short", good.subarray(0, -1)],
    ["a header that reaches beyond its map", delimitedField(REQUEST_HEADERS, delimitedField(1, Buffer.from([0x0a, 9, 0x0a, 1, 0x61])))],
    ["a body longer than its message", Buffer.concat([delimitedField(REQUEST_BODY, Buffer.from([0x0a, 200]))])],
    ["a length of four gigabytes", Buffer.from([0x22, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ["a varint without an end", Buffer.from([0x50, ...Array<number>(12).fill(0xff)])],
    ["field number 0", Buffer.from([0x02, 0x00])],
    ["wire type 7", Buffer.from([0x27])],
    ["a group without an end", groupField(900).subarray(0, -1)],
    ["the end of a group that never began", varint(900 * 8 + 4)],
    ["groups nested without measure", Buffer.concat(Array<Buffer>(50_000).fill(varint(900 * 8 + 3)))],
  ])("%s is a WireError that says so", (_, message) => {
    expect(() => decodeProcessingRequest(message)).toThrow(WireError);
    expect(() => decodeProcessingRequest(message)).toThrow(/^not a ProcessingRequest: ./);
  });

  it("takes a varint spelled with more bytes than it needs", () => {
    expect(decodeProcessingRequest(Buffer.concat([varint(10 * 8, 3), varint(1, 9)])).observabilityMode).toBe(true);
  });
});
