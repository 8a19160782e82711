// What a shape adds to a request of each format, byte for byte, and that nothing else changes: JSON.parse is the judge of both.
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editedBody } from "../../../src/request/chat/body-edit.ts";
import type { Format } from "../../../src/request/chat/facts.ts";
import { notedNames } from "../../../src/request/chat/param-table.ts";
import type { ParamEdit } from "../../../src/request/chat/params.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { type Shape, shapedMembers, shaping } from "../../../src/request/chat/shape.ts";
import { shapeRanges, unshaped } from "../../../src/request/chat/shape-ranges.ts";

const SCHEMA = '{"type":"object","properties":{"a":{"type":"integer"}}}';
const BRIEF: Shape = { name: "weak", prepend: 'Say "why".\n', schema: undefined };
const FORM: Shape = { name: "weak", prepend: undefined, schema: SCHEMA };
const BOTH: Shape = { ...BRIEF, schema: SCHEMA };

const params = notedNames([...shapedMembers(BOTH), "temperature"]);
const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params, maxBodyBytes: 1 << 20, isUtf8 });
const NO_EDITS: readonly ParamEdit[] = [];

interface Options {
  readonly model?: string;
  readonly edits?: readonly ParamEdit[];
}

/** The forwarded text, and what an attempt by another tier makes of it. Undefined: it is not shaped. */
function shapedText(format: Format, text: string, shape: Shape, { model, edits = NO_EDITS }: Options = {}) {
  const body = Buffer.from(text);
  const scanned = scanner.scan(body, format);
  if (scanned.kind !== "chat") throw new Error(scanned.kind);
  const request = { format, body, insertAt: scanned.model.insertAt, params: scanned.params, takesSchema: !scanned.facts.jsonOutput };
  const made = shaping(request, shape, edits);
  const pieces = editedBody(body, scanned, model, made.edits, made.changes);
  if (!made.isShaped || pieces === undefined) return undefined;
  const forwarded = Buffer.concat(pieces);
  const header = shapeRanges(shape.name, made.changes, pieces);
  return { text: forwarded.toString(), header, undone: header && Buffer.from(unshaped(forwarded, header)).toString() };
}

const T = '"Say \\"why\\".\\n"';
const FRONT = 'Say \\"why\\".\\n\\n\\n';
const MARKED = '{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}';
const ALIKE = '{"role":"user","content":"system","x":{"role":"system","content":"y"}}';
const USER = '{"role":"user","content":"hi"}';

describe("a text in front", () => {
  test.each<[string, Format, string, string]>([
    [
      "is a system message before a user's",
      "chat-completions",
      `{"messages":[${USER}]}`,
      `{"messages":[{"role":"system","content":${T}},${USER}]}`,
    ],
    ["is the only message of none", "chat-completions", '{"messages" : [ ]}', `{"messages" : [{"role":"system","content":${T}} ]}`],
    [
      "goes into a system message that is there",
      "chat-completions",
      '{"messages":[ {"content":"Be \\u0022kind\\"","role":"system"}]}',
      `{"messages":[ {"content":"${FRONT}Be \\u0022kind\\"","role":"system"}]}`,
    ],
    [
      "goes into a developer's, spelt with escapes",
      "chat-completions",
      '{"messages":[{"r\\u006fle":"d\\u0065veloper","content":""}]}',
      `{"messages":[{"r\\u006fle":"d\\u0065veloper","content":"${FRONT}"}]}`,
    ],
    [
      "is a part of a system message in parts",
      "chat-completions",
      `{"messages":[{"role":"system","content":[${MARKED}]}]}`,
      `{"messages":[{"role":"system","content":[{"type":"text","text":${T}},${MARKED}]}]}`,
    ],
    [
      "is a message of its own before a system message without text",
      "chat-completions",
      '{"messages":[{"role":"system","content":null}]}',
      `{"messages":[{"role":"system","content":${T}},{"role":"system","content":null}]}`,
    ],
    [
      "takes no look-alike inside for the member",
      "chat-completions",
      `{"a":{"messages":[]},"messages":[${ALIKE}]}`,
      `{"a":{"messages":[]},"messages":[{"role":"system","content":${T}},${ALIKE}]}`,
    ],
    [
      "goes by the last of a repeated member",
      "chat-completions",
      `{"messages":[],"messages":[{"role":"system","role":"user","content":"a"}]}`,
      `{"messages":[],"messages":[{"role":"system","content":${T}},{"role":"system","role":"user","content":"a"}]}`,
    ],
    ["goes in front of a prompt", "completions", '{"prompt":"a\\"b"}', `{"prompt":"${FRONT}a\\"b"}`],
    ["goes in front of each prompt", "completions", '{"prompt":["a",[1,2], "b"]}', `{"prompt":["${FRONT}a",[1,2], "${FRONT}b"]}`],
    ["is the instructions", "responses", '{"input":"a"}', `{"instructions":${T},"input":"a"}`],
    ["is the instructions in place of null", "responses", '{"input":"a","instructions": null }', `{"input":"a","instructions": ${T} }`],
    ["goes in front of instructions", "responses", '{"instructions":"b","input":[]}', `{"instructions":"${FRONT}b","input":[]}`],
    ["is the system text", "messages", `{"max_tokens":5,"messages":[${USER}]}`, `{"system":${T},"max_tokens":5,"messages":[${USER}]}`],
    ["goes in front of a system text", "messages", '{"system":"b","messages":[]}', `{"system":"${FRONT}b","messages":[]}`],
    [
      "is a block in front of others, whose marks for the cache stay",
      "messages",
      '{"messages":[],"system":[ {"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]}',
      `{"messages":[],"system":[{"type":"text","text":${T}}, {"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]}`,
    ],
    ["is the only block of none", "messages", '{"messages":[],"system":[]}', `{"messages":[],"system":[{"type":"text","text":${T}}]}`],
  ])("%s (%s)", (_, format, text, wanted) => {
    const made = shapedText(format, text, BRIEF);
    expect(made?.text).toBe(wanted);
    expect(made?.undone).toBe(text);
    JSON.parse(wanted);
  });

  test.each<[string, Format, string]>([
    ["tokens", "completions", '{"prompt":[1,2,3]}'],
    ["lists of tokens", "completions", '{"prompt":[[1],[2]]}'],
    ["more prompts than a few", "completions", `{"prompt":[${Array.from({ length: 17 }, () => '"a"').join(",")}]}`],
    ["instructions that are no text", "responses", '{"instructions":{"a":1},"input":"a"}'],
  ])("leaves %s as they are", (_, format, text) => {
    expect(shapedText(format, text, BRIEF)).toBeUndefined();
  });
});

describe("a schema", () => {
  const NAMED = `"name":"answer","schema":${SCHEMA}`;
  const OF_RESPONSES = `"format":{"type":"json_schema",${NAMED}}`;
  const OF_MESSAGES = `"format":{"type":"json_schema","schema":${SCHEMA}}`;
  test.each<[string, Format, string, string]>([
    [
      "is a response_format",
      "chat-completions",
      '{"messages":[]}',
      `{"response_format":{"type":"json_schema","json_schema":{${NAMED}}},"messages":[]}`,
    ],
    [
      "is one in place of null",
      "chat-completions",
      '{"messages":[],"response_format":null}',
      `{"messages":[],"response_format":{"type":"json_schema","json_schema":{${NAMED}}}}`,
    ],
    ["is text.format", "responses", '{"input":"a"}', `{"text":{${OF_RESPONSES}},"input":"a"}`],
    [
      "is text.format beside others",
      "responses",
      '{"input":"a","text":{ "verbosity":"low"}}',
      `{"input":"a","text":{${OF_RESPONSES}, "verbosity":"low"}}`,
    ],
    ["is text.format of an empty object", "responses", '{"input":"a","text":{ }}', `{"input":"a","text":{${OF_RESPONSES} }}`],
    ["is output_config.format", "messages", '{"messages":[]}', `{"output_config":{${OF_MESSAGES}},"messages":[]}`],
    [
      "is output_config.format beside an effort",
      "messages",
      '{"messages":[],"output_config":{"effort":"low"}}',
      `{"messages":[],"output_config":{${OF_MESSAGES},"effort":"low"}}`,
    ],
  ])("%s (%s)", (_, format, text, wanted) => {
    const made = shapedText(format, text, FORM);
    expect(made?.text).toBe(wanted);
    expect(made?.undone).toBe(text);
    JSON.parse(wanted);
  });

  test.each<[string, Format, string]>([
    ["asks for one", "chat-completions", '{"messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"b","schema":{}}}}'],
    ["asks for text", "chat-completions", '{"messages":[],"response_format":{"type":"text"}}'],
    ["is guided", "chat-completions", '{"messages":[],"guided_choice":["a"]}'],
    ["asks for text in its format", "responses", '{"input":"a","text":{"form\\u0061t":{"type":"text"}}}'],
    ["has Anthropic's older member", "messages", '{"messages":[],"output_format":{"type":"json_schema","schema":{}}}'],
    ["has no member for it", "completions", '{"prompt":"a"}'],
  ])("stays away from a request that %s (%s)", (_, format, text) => {
    expect(shapedText(format, text, FORM)).toBeUndefined();
  });

  test("shares a member with a parameter that is set", () => {
    const edits = [{ name: "output_config", json: '{"effort":"low"}', overwrite: true }];
    const made = shapedText("messages", '{"messages":[]}', FORM, { edits });
    expect(made?.text).toBe(`{"output_config":{${OF_MESSAGES},"effort":"low"},"messages":[]}`);
    expect(made?.header).toBeUndefined(); // it goes with the parameter
    const given = [{ name: "response_format", json: '{"type":"json_object"}', overwrite: true }];
    expect(shapedText("chat-completions", '{"messages":[]}', FORM, { edits: given })).toBeUndefined();
  });
});

test("a body that somebody changed on its way, and ranges that are none, are left alone", () => {
  const body = Buffer.from('{"messages":[]}');
  for (const header of ["weak;1-2;14", "weak;9-2;15", "weak;-1-2;15", "weak;;15", "weak", ""]) expect(unshaped(body, header)).toBe(body);
});

describe("random bodies", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", '"', "\\", '\\"', "system", '{"role":"system"}', "\u2028한"));
  const content = fc.oneof(
    text,
    fc.constant(null),
    fc.array(fc.record({ type: fc.constant("text"), text, cache_control: fc.constant(1) }), { maxLength: 2 }),
  );
  const role = fc.constantFrom("system", "developer", "user", "assistant", "sys\ntem");
  const message = fc
    .tuple(role, content, fc.json({ maxDepth: 2 }))
    .map(([role, content, more]) => ({ more, role, content, end: { role: "system", content: "x" } }));
  const other = fc.dictionary(fc.constantFrom("a", 'b"', "model", "temperature", "metadata", "messages2"), fc.jsonValue({ maxDepth: 2 }), {
    maxKeys: 4,
  });
  const form = fc.oneof(
    fc.constant({}),
    fc.constant({ text: null, output_config: null }),
    fc.constant({ text: { a: 1 }, output_config: { effort: "low" } }),
  );
  const bodies: Readonly<Record<Format, fc.Arbitrary<object>>> = {
    "chat-completions": fc.array(message, { maxLength: 3 }).map((messages) => ({ messages })),
    completions: fc.oneof(text, fc.array(text, { maxLength: 3 })).map((prompt) => ({ prompt })),
    responses: fc
      .tuple(text, fc.constantFrom({}, { instructions: null }, { instructions: "b" }))
      .map(([input, more]) => ({ input, ...more })),
    messages: fc
      .tuple(fc.array(message, { maxLength: 2 }), fc.option(content, { nil: undefined }))
      .map(([messages, system]) => ({ messages, ...(system === undefined ? {} : { system }) })),
  };
  const inFrontOf = (content: unknown, block: object) =>
    typeof content === "string" ? `${BRIEF.prepend}\n\n${content}` : [block, ...(content as object[])];
  const BLOCK = { type: "text", text: BRIEF.prepend };

  /** As a program would that parses and writes. */
  function oracle(format: Format, sent: Record<string, unknown>): Record<string, unknown> {
    const schema = JSON.parse(SCHEMA);
    switch (format) {
      case "chat-completions": {
        const messages = sent["messages"] as { role: string; content: unknown }[];
        const [first, ...rest] = messages;
        const isInside = first !== undefined && ["system", "developer"].includes(first.role) && first.content !== null;
        const shaped = isInside
          ? [{ ...first, content: inFrontOf(first.content, BLOCK) }, ...rest]
          : [{ role: "system", content: BRIEF.prepend }, ...messages];
        return { ...sent, messages: shaped, response_format: { type: "json_schema", json_schema: { name: "answer", schema } } };
      }
      case "completions": {
        const { prompt } = sent;
        return { ...sent, prompt: Array.isArray(prompt) ? prompt.map((one) => inFrontOf(one, BLOCK)) : inFrontOf(prompt, BLOCK) };
      }
      case "responses": {
        const { instructions, text } = sent as { instructions?: unknown; text?: object | null };
        const shaped = instructions == null ? BRIEF.prepend : inFrontOf(instructions, BLOCK);
        return { ...sent, instructions: shaped, text: { ...text, format: { type: "json_schema", name: "answer", schema } } };
      }
      case "messages": {
        const { system, output_config } = sent as { system?: unknown; output_config?: object | null };
        const shaped = system == null ? BRIEF.prepend : inFrontOf(system, BLOCK);
        return { ...sent, system: shaped, output_config: { ...output_config, format: { type: "json_schema", schema } } };
      }
      default:
        return format satisfies never;
    }
  }

  test.each(["chat-completions", "completions", "responses", "messages"] as const)(
    "of %s come out as an oracle writes them, and back",
    (format) => {
      fc.assert(
        fc.property(
          bodies[format],
          other,
          other,
          form,
          fc.constantFrom(undefined, 1, "\t"),
          fc.boolean(),
          (asked, front, behind, form, space, escapes) => {
            const sent = { ...front, ...form, ...asked, ...behind, ...asked } as Record<string, unknown>;
            const plain = JSON.stringify(sent, null, space);
            const text = escapes
              ? plain.replaceAll(/[^\x20-\x7e\n\t]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
              : plain;
            fc.pre(!("stream" in sent) && isUtf8(Buffer.from(text)) && text.isWellFormed());
            const made = shapedText(format, text, BOTH, { model: "glm-5" });
            const isEmptyList = Array.isArray(sent["prompt"]) && sent["prompt"].length === 0;
            if (isEmptyList) {
              expect(made).toBeUndefined();
              return;
            }
            const { model: _, ...rest } = sent;
            expect(JSON.parse(made?.text ?? "")).toEqual(JSON.parse(JSON.stringify({ ...oracle(format, rest), model: "glm-5" })));
            expect(made?.undone && JSON.parse(made.undone)).toEqual(JSON.parse(JSON.stringify({ ...rest, model: "glm-5" })));
          },
        ),
        { numRuns: 400 },
      );
    },
  );
});
