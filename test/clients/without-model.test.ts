// The judge of these tests, judged: what it leaves of bodies, by hand, and that it takes nothing but the model out of any.
import fc from "fast-check";
import { expect, it } from "vitest";
import { withoutModel } from "./support/without-model.ts";

it.each([
  ["in front, as JSON.stringify writes it", '{"model":"a","n":1}', '{"n":1}'],
  ["in front, as Python writes it", '{"model": "a", "n": 1}', '{ "n": 1}'],
  ["in the middle", '{"m":[1,{"model":"kept"}],"model":"a","n":1.0e+2}', '{"m":[1,{"model":"kept"}],"n":1.0e+2}'],
  ["at the end", '{"n":1,"model":"a"}', '{"n":1}'],
  ["alone", '{"model":"a"}', "{}"],
  ["spelt with an escape", '{"n":"\\ud55c","mod\\u0065l":"a"}', '{"n":"\\ud55c"}'],
  ["behind a text full of what looks like structure", '{"n":"\\\\\\"},{\\"model\\":1","model":"한,{"}', '{"n":"\\\\\\"},{\\"model\\":1"}'],
])("a model %s is taken out, and no other byte", (_where, body, left) => {
  const { body: without, models } = withoutModel(Buffer.from(body));
  expect(without.toString()).toBe(left);
  expect(models).toHaveLength(1);
});

it("what is left of any object parses to it, less its model", () => {
  const objects = fc.dictionary(fc.oneof(fc.constant("model"), fc.string()), fc.jsonValue());
  fc.assert(
    fc.property(objects, (object) => {
      const { body, models } = withoutModel(Buffer.from(JSON.stringify(object)));
      const { model, ...others } = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
      expect(JSON.parse(body.toString())).toEqual(others);
      expect(models).toEqual("model" in object ? [model] : []);
    }),
  );
});
