// Header compression: the examples of RFC 7541, and what must be refused.
import { describe, expect, test } from "vitest";
import type { ConnectionError } from "../../../../src/envoy/grpc/http2/frames.ts";
import { HpackDecoder } from "../../../../src/envoy/grpc/http2/hpack-decoder.ts";
import { decodeHuffman } from "../../../../src/envoy/grpc/http2/huffman.ts";

function decode(decoder: HpackDecoder, hex: string, mostBytes = 65_536): string[] {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  const fields: string[] = [];
  decoder.decode(bytes, 0, bytes.length, ({ name, value }) => fields.push(`${name}: ${value}`), mostBytes);
  return fields;
}

const FIRST = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
const SECOND = [...FIRST, "cache-control: no-cache"];
const THIRD = [":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value"];

describe("the examples of RFC 7541", () => {
  test("C.2: single fields of every kind", () => {
    expect(decode(new HpackDecoder(), "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572")).toEqual([
      "custom-key: custom-header",
    ]);
    expect(decode(new HpackDecoder(), "040c 2f73 616d 706c 652f 7061 7468")).toEqual([":path: /sample/path"]);
    expect(decode(new HpackDecoder(), "1008 7061 7373 776f 7264 0673 6563 7265 74")).toEqual(["password: secret"]);
    expect(decode(new HpackDecoder(), "82")).toEqual([":method: GET"]);
  });

  test("C.3: three requests, each referring to what the earlier ones added", () => {
    const decoder = new HpackDecoder();
    expect(decode(decoder, "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d")).toEqual(FIRST);
    expect(decode(decoder, "8286 84be 5808 6e6f 2d63 6163 6865")).toEqual(SECOND);
    expect(decode(decoder, "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65")).toEqual(THIRD);
  });

  test("C.4: the same in Huffman code", () => {
    const decoder = new HpackDecoder();
    expect(decode(decoder, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff")).toEqual(FIRST);
    expect(decode(decoder, "8286 84be 5886 a8eb 1064 9cbf")).toEqual(SECOND);
    expect(decode(decoder, "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")).toEqual(THIRD);
  });

  test("C.6: long values, and a table so small that entries are dropped", () => {
    const decoder = new HpackDecoder();
    const small = "3fe1 01"; // 256 bytes
    const first =
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82" +
      "ae 43d3";
    expect(decode(decoder, small + first)).toEqual([
      ":status: 302",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "location: https://www.example.com",
    ]);
    expect(decode(decoder, "4883 640e ffc1 c0bf")[0]).toBe(":status: 307");
    expect(() => decode(decoder, "c2")).toThrow("index outside the table"); // the fifth entry was dropped
  });
});

describe("refused as a compression error", () => {
  test.each([
    ["index 0", "80"],
    ["an index beyond the table", "be"],
    ["an integer without end", "ff ffff ffff ffff ff"],
    ["a name beyond the block", "40 0a 6375"],
    ["a value that is missing", "40 01 61"],
    ["a table larger than announced", "3f e2 1f"],
    ["a table size behind a field", "82 20"],
    ["Huffman padding of eight bits", "00 83 1fff ff 01 61"],
    ["Huffman padding with zeros", "00 81 18 01 61"],
    ["EOS in a Huffman string", "00 84 ffff ffff 01 61"],
  ])("%s", (_, hex) => {
    const failure = (() => {
      try {
        return decode(new HpackDecoder(), hex);
      } catch (error) {
        return error as ConnectionError;
      }
    })();
    expect(failure).toMatchObject({ name: "ConnectionError", code: 9 });
  });
});

test("a field larger than the table empties it", () => {
  const decoder = new HpackDecoder();
  decode(decoder, "40 01 61 01 62");
  expect(decode(decoder, "be")).toEqual(["a: b"]);
  const large = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0x81, 0x1f]), Buffer.alloc(0x7f + 0x81 - 0x80 + (0x1f << 7), 0x78)]);
  expect(decode(decoder, large.toString("hex"))[0]?.length).toBeGreaterThan(4000);
  expect(() => decode(decoder, "be")).toThrow("index outside the table");
});

test("thousands of entries pass through the table, and the newest are found", () => {
  const decoder = new HpackDecoder();
  for (let i = 0; i < 5000; i++) {
    const value = Buffer.from(String(i)).toString("hex");
    decode(decoder, `40 01 61 ${(value.length / 2).toString(16).padStart(2, "0")} ${value}`);
    expect(decode(decoder, i === 0 ? "be" : "be bf")).toEqual(i === 0 ? ["a: 0"] : [`a: ${i}`, `a: ${i - 1}`]);
  }
});

test("Huffman code: every string of the RFC's own alphabet has been read right by its length", () => {
  // "www.example.com" and "302" with every padding length in between.
  const cases: [string, string][] = [
    ["f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"],
    ["6402", "302"],
    ["9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com"],
    [
      "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
      "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ],
  ];
  for (const [hex, text] of cases) {
    const bytes = Buffer.from(hex, "hex");
    expect(decodeHuffman(bytes, 0, bytes.length)).toBe(text);
  }
});

test("behind the bound of a list nobody is told of fields, but the table has what is added to it", () => {
  const decoder = new HpackDecoder();
  const added = "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"; // custom-key: custom-header
  const literals = "040c 2f73 616d 706c 652f 7061 7468 1008 7061 7373 776f 7264 0673 6563 7265 74";
  expect(decode(decoder, `82 82 ${literals} ${added} 84`, 80)).toEqual([":method: GET", ":method: GET"]);
  expect(decode(decoder, "be")).toEqual(["custom-key: custom-header"]);
  expect(() => decode(decoder, "82 82 82 04 0c 2f", 0)).toThrow("beyond the header block");
});
