import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { collected, linesOf, newFolder, rowsIn } from "./collected.ts";

type Plain = string | number;

function exported(...spans: readonly Readonly<Record<string, Plain>>[]) {
  const value = (of: Plain) =>
    typeof of === "string" ? { stringValue: of } : Number.isInteger(of) ? { intValue: String(of) } : { doubleValue: of };
  return {
    resourceSpans: [
      {
        resource: { attributes: [] },
        scopeSpans: spans.map((attributes, at) => ({
          scope: { name: "app" },
          spans: [
            {
              traceId: `t${at}`,
              spanId: `s${at}`,
              name: "chat",
              startTimeUnixNano: "1769850000000000000",
              attributes: Object.entries(attributes).map(([key, of]) => ({ key, value: value(of) })),
            },
          ],
        })),
      },
    ],
  };
}

async function rowsOf(...spans: readonly Readonly<Record<string, Plain>>[]) {
  const folder = newFolder();
  const file = join(folder, "traces.json");
  writeFileSync(file, linesOf(exported(...spans)));
  const out = join(folder, "requests.jsonl");
  const counts = await collected(out, { traces: [file] });
  return { counts, rows: rowsIn(out) };
}

const ASKED = [{ role: "user", content: "Why is the sky blue?" }];

describe("out of traces come requests in the spelling of", () => {
  test.each([
    ["OpenTelemetry", { "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Why is the sky blue?"}]}]' }],
    ["OpenInference", { "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Why is the sky blue?" }],
    ["OpenInference's plain input", { "input.value": "Why is the sky blue?" }],
    ["OpenLLMetry", { "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Why is the sky blue?" }],
    ["Langfuse", { "langfuse.observation.input": JSON.stringify(ASKED) }],
  ])("%s", async (_, attributes) => {
    const { rows } = await rowsOf({ "http.route": "/x" }, attributes);
    expect(rows).toEqual([{ id: "t1:s1", request: { messages: ASKED }, time: "2026-01-31T09:00:00.000Z" }]);
  });

  test("OpenTelemetry with instructions, calls and their results", async () => {
    const messages = [
      { role: "user", parts: [{ type: "text", content: "Weather in Rome?" }] },
      { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "weather", arguments: { city: "Rome" } }] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "sunny" }] },
    ];
    const { rows } = await rowsOf({
      "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
      "gen_ai.input.messages": JSON.stringify(messages),
    });
    expect(rows[0]?.request).toEqual({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Weather in Rome?" },
        {
          role: "assistant",
          content: "",
          tool_calls: [{ id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: "sunny" },
      ],
    });
  });

  test("sluice's own spans, with what was decided and what it cost", async () => {
    const { rows, counts } = await rowsOf({
      "sluice.request_id": "r-7",
      "sluice.policy": "main@1",
      "sluice.tier.decided": "strong",
      "sluice.score": 0.75,
      "sluice.tier.served": "weak",
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Why?"}]}]',
      "gen_ai.usage.input_tokens": 3,
      "gen_ai.usage.output_tokens": 9,
      "http.response.status_code": 200,
      "langfuse.observation.cost_details": '{"total":0.002}',
    });
    expect(rows).toMatchObject([
      {
        id: "r-7",
        decision: { policy: "main@1", tier: "strong", score: 0.75 },
        seen: { tier: "weak", status: 200, cost: 0.002, inputTokens: 3, outputTokens: 9 },
      },
    ]);
    expect(counts.partly).toBe(1);
  });
});

test("a line that is no export is counted as bad", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "traces.json"), linesOf({ resourceLogs: [] }));
  const counts = await collected(join(folder, "requests.jsonl"), { traces: [join(folder, "traces.json")] });
  expect(counts.dropped["bad line"]).toBe(1);
});
