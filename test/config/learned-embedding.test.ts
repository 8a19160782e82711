// `embedding` of a learned policy: what it comes to, and what is refused that the model was not trained with.
import { describe, expect, test } from "vitest";
import { activePolicy } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { ReadModel } from "../../src/config/model-source.ts";
import { descriptorOf, type PolicyConfig } from "../../src/config/policies/list.ts";
import { routingOf } from "../../src/config/routing-of.ts";
import type { LearnedModel } from "../../src/request/policy/learned/learned-model.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";
import { vectorModelOf } from "../request/policy/learned/vector-model.ts";

const MODEL = vectorModelOf(["prove"]);
const CUT_SHORT: LearnedModel = { ...MODEL, embedding: MODEL.embedding && { ...MODEL.embedding, dimensions: 256, isCut: true } };
const readModel: ReadModel = (file) => ({ kind: "model", model: file === "short" ? CUT_SHORT : file === "plain" ? modelOf([]) : MODEL });

const configOf = (settings: string) => parseConfig(`policies: {p: {type: learned, ${settings}}}`, "test.yaml", readModel);
const policyOf = (settings: string) => activePolicy(configOf(settings));
const ENDPOINT = "endpoint: 'http://127.0.0.1:1/v1/embeddings'";

describe("the embedding of a learned policy", () => {
  test("is that of the training, where the file names none, and is waited for 50 ms", () => {
    const [one, short] = [policyOf(`file: m, embedding: {${ENDPOINT}}`), policyOf(`file: short, embedding: {${ENDPOINT}}`)];
    const from = { endpoint: "http://127.0.0.1:1/v1/embeddings", keyFile: undefined, model: "small", timeoutMs: 50, pricePerMTok: 0 };
    expect(one).toMatchObject({ embedding: { ...from, dimensions: undefined }, threshold: 0.5, thresholdWithVector: 0.4 });
    expect(short).toMatchObject({ embedding: { ...from, dimensions: 256 } });
    expect(policyOf(`file: m, threshold: 0.3, embedding: {${ENDPOINT}}`)).toMatchObject({ threshold: 0.3, thresholdWithVector: 0.3 });
  });

  test.each([
    [
      "another model",
      `file: m, embedding: {${ENDPOINT}, model: large}`,
      "embedding.model: the policy's model was trained with vectors of small",
    ],
    [
      "other dimensions",
      `file: short, embedding: {${ENDPOINT}, dimensions: 128}`,
      "embedding.dimensions: the policy's model was trained with 256",
    ],
    [
      "a model without",
      `file: plain, embedding: {${ENDPOINT}}`,
      "embedding: the model takes no vectors: train it with `--embedding-endpoint`",
    ],
    ["no model", `embedding: {${ENDPOINT}}`, "embedding: needs `file`, a model that takes vectors"],
    ["no endpoint", "file: m, embedding: {}", "embedding.endpoint: missing"],
    ["a wait of a minute", `file: m, embedding: {${ENDPOINT}, timeoutMs: 60000}`, "embedding.timeoutMs: must be at most 1000"],
  ])("is refused beside %s", (_what, settings, message) => {
    expect(() => configOf(settings)).toThrow(`policies.p.${message}`);
  });

  test("is in the version: with it, with another endpoint and without it a policy is another one", () => {
    const ids = ["", `, embedding: {${ENDPOINT}}`, `, embedding: {${ENDPOINT}, timeoutMs: 60}`].map(
      (more) => policyOf(`file: m${more}`).id,
    );
    expect(new Set(ids).size).toBe(3);
  });

  test("is warned of where the model takes vectors and nobody says where from", () => {
    const warnings = (settings: PolicyConfig) => descriptorOf(settings).warnings(settings, { id: (name) => name, mayAbstain: () => false });
    expect(warnings(policyOf("file: m"))).toEqual([
      "its model takes vectors of small, and there is no `embedding`: it decides without them",
    ]);
    expect(warnings(policyOf(`file: m, embedding: {${ENDPOINT}}`))).toEqual([]);
    expect(warnings(policyOf("file: plain"))).toEqual([]);
  });

  test("is told with what decides without it", () => {
    const summary = (settings: PolicyConfig) => descriptorOf(settings).summary(settings, { id: (name) => name, mayAbstain: () => false });
    const lines = summary(policyOf(`file: m, embedding: {${ENDPOINT}}`));
    expect(lines[0]).toContain("from a probability of 0.4");
    expect(lines[1]).toBe(
      "with vectors of small from http://127.0.0.1:1/v1/embeddings, waited for 50 ms; without one by the text alone, from 0.5",
    );
    expect(summary(policyOf("file: m")).join()).not.toContain("small");
  });

  test("has requests asked for vectors, and no others", () => {
    const wants = (settings: string) => routingOf(configOf(settings)).wantsVectors;
    expect([wants(`file: m, embedding: {${ENDPOINT}}`), wants("file: m"), wants("file: plain")]).toEqual([true, false, false]);
  });
});
