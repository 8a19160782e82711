// The W3C header, well and badly formed.
import { expect, test } from "vitest";
import { parseTraceparent } from "../../../src/outcome/join/traceparent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

test.each([
  ["sampled", `00-${TRACE}-${SPAN}-01`, 1],
  ["not sampled", `00-${TRACE}-${SPAN}-00`, 0],
  ["of a later version, with more behind", `01-${TRACE}-${SPAN}-01-what-else`, 1],
])("a header that is %s", (_name, text, flags) => {
  expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, flags });
});

test.each([
  undefined,
  "",
  `ff-${TRACE}-${SPAN}-01`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-011`,
  `00-${TRACE}-${SPAN}`,
  ` 00-${TRACE}-${SPAN}-01`,
])("%j is no trace to belong to", (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});
