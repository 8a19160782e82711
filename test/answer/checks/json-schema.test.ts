// Our few keywords of JSON Schema against Ajv: what we call a violation is one.
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schemaViolation } from "../../../src/answer/checks/json-schema.ts";

const ajv = new Ajv2020({ strict: false, logger: false });

const scalar = fc.oneof(
  fc.constantFrom("a", "b", "é𝄞"),
  fc.integer({ min: -2, max: 3 }),
  fc.double({ noNaN: true, min: -2, max: 2 }),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("x", "y", "z"), tie("value")),
  ),
}));
const small = fc.nat({ max: 3 });
const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.record(
      {
        type: fc.constantFrom("string", "integer", "number", "boolean", "null", "object", "array", ["string", "null"]),
        minimum: small,
        exclusiveMaximum: small,
        minLength: small,
        maxLength: small,
        minItems: small,
        maxItems: small,
      },
      { requiredKeys: [] },
    ),
    fc.record({ enum: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
    fc.record({ const: scalar }),
    fc.record(
      {
        properties: fc.dictionary(fc.constantFrom("x", "y"), tie("schema")),
        required: fc.uniqueArray(fc.constantFrom("x", "y"), { maxLength: 2 }),
        additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
      },
      { requiredKeys: [] },
    ),
    fc.record({ items: tie("schema"), prefixItems: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }) }, { requiredKeys: [] }),
    fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ allOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }) }),
  ),
}));

test("of the keywords it knows it says what Ajv says", () => {
  fc.assert(
    fc.property(schema, value, (wanted, given) => {
      const told = JSON.parse(JSON.stringify(given));
      expect(schemaViolation(wanted, told) === undefined).toBe(ajv.validate(wanted as object, told));
    }),
    { numRuns: 500 },
  );
});

describe("beside that", () => {
  const tree = {
    $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" }, id: { type: "integer" } } } },
    $ref: "#/$defs/node",
  };
  test.each([
    ["a reference is followed", tree, { next: { next: { id: "1" } } }, "$.next.next.id: not an integer"],
    ["types in capitals are types", { type: "STRING" }, 1, "$: not a string"],
    ["a type that is not known passes", { type: "date" }, 1, undefined],
    ["patterns are not looked at", { type: "string", pattern: "^(a+)+$" }, `${"a".repeat(40)}!`, undefined],
    [
      "what matches a pattern of names is not looked at",
      { patternProperties: { "^x-": {} }, additionalProperties: false },
      { "x-a": 1 },
      undefined,
    ],
    ["a schema that refers to itself ends", { $ref: "#" }, 1, undefined],
    ["a reference to elsewhere passes", { $ref: "https://example.com/schema" }, 1, undefined],
    ["several that fit are no violation", { oneOf: [{ pattern: "a" }, { pattern: "b" }] }, "a", undefined],
    ["none that fits is one", { oneOf: [{ type: "string" }, { type: "null" }] }, 1, "$: none of what it may be"],
    ["null where it may be", { type: "string", nullable: true }, null, undefined],
    ["no schema", undefined, {}, undefined],
  ])("%s", (_what, wanted, given, expected) => {
    expect(schemaViolation(wanted, given)).toBe(expected);
  });

  test("a large value takes bounded work", () => {
    const deep = { anyOf: Array.from({ length: 50 }, () => ({ items: { anyOf: [{ type: "string" }, { type: "null" }] } })) };
    expect(
      schemaViolation(
        deep,
        Array.from({ length: 100_000 }, () => "a"),
      ),
    ).toBeUndefined();
  });
});
