// What the harness of an agent put into messages of the user is not the user's.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { compileEnvelopes, type Envelope } from "../../../src/request/chat/envelopes.ts";
import { SCOPES, type Scope } from "../../../src/request/chat/facts.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";

const scannerOf = (envelopes?: readonly Envelope[]) =>
  new ChatScanner({ keywords: [], scopes: SCOPES, params: [], maxBodyBytes: 16 << 20, isUtf8, ...(envelopes && { envelopes }) });
const scanner = scannerOf();

function read(body: object, by: ChatScanner = scanner) {
  const scanned = by.scan(Buffer.from(JSON.stringify(body)));
  if (scanned.kind !== "chat") throw new Error("not a chat");
  const text = (scope: Scope) => Buffer.from(by.text(scope)).toString();
  const { humanTurns, turns } = scanned.facts;
  return { all: text("all"), user: text("user"), lastUser: text("last_user"), prompt: text("prompt"), humanTurns, turns };
}
const user = (content: unknown) => ({ role: "user", content });
const REMINDER = "<system-reminder>refactor</system-reminder>";

describe("what is left of a message", () => {
  test.each<[string, string, string]>([
    ["without marks it is whole, white space too", " fix it\n", " fix it\n"],
    ["an envelope in front, and white space at the cut", `${REMINDER}\n\nfix it`, "fix it"],
    ["one behind", `fix it ${REMINDER}`, "fix it"],
    ["one in the middle leaves two texts", `fix\n${REMINDER}\nit`, "fix it"],
    ["several, side by side", `${REMINDER}${REMINDER}fix it${REMINDER}`, "fix it"],
    ["an unclosed one is the user's", "what does <system-reminder> mean?", "what does <system-reminder> mean?"],
    ["a closing mark alone is the user's", "a </system-reminder> b", "a </system-reminder> b"],
    ["an unclosed one of another kind does not hide one that is closed", `<user_instructions> ${REMINDER} b`, "<user_instructions> b"],
    ["Codex's instructions", "# AGENTS.md instructions for /src\n\n<INSTRUCTIONS>\nrefactor\n</INSTRUCTIONS>\nfix it", "fix it"],
    ["Codex's surroundings", "<environment_context>\n<cwd>/src</cwd>\n</environment_context>\nfix it", "fix it"],
    ["Cline's surroundings", "<task>\nfix it\n</task> <environment_details>\n# Files\n</environment_details>", "<task>\nfix it\n</task>"],
    ["marks that begin at the last bytes", "fix it <system-reminde", "fix it <system-reminde"],
  ])("%s", (_, content, left) => {
    for (const body of [{ messages: [user(content)] }, { input: [user(content)] }, { input: content, instructions: "x" }]) {
      const found = read(body);
      expect(found).toMatchObject({ user: left, lastUser: left, prompt: left, humanTurns: 1 });
      expect(found.all.startsWith(content) || found.all.endsWith(content)).toBe(true);
    }
  });

  test("the role may stand behind the content", () => {
    expect(read({ messages: [{ content: `${REMINDER} fix it`, role: "user" }] }).user).toBe("fix it");
    expect(read({ messages: [{ content: `${REMINDER} fix it`, role: "assistant" }] })).toMatchObject({ user: "", humanTurns: 0 });
  });

  test("marks that begin with more bytes than are sought at once are found, far in a long text too", () => {
    const marks = ["<ctx>", "[ctx]", "{ctx}", "(ctx)", "#ctx#", "~ctx~"];
    const own = scannerOf(marks.map((open) => ({ open, close: "end" })));
    for (const mark of marks)
      expect(read({ messages: [user(`${"s".repeat(300)} ${mark}designend ok`)] }, own).user).toBe(`${"s".repeat(300)} ok`);
    expect(read({ messages: [user(`${"s".repeat(300)} ${REMINDER} ok`)] }).user).toBe(`${"s".repeat(300)} ok`);
  });

  test("marks of any bytes at any place around a vector's edge are found", () => {
    const own = scannerOf([
      { open: "【系统】", close: "【" },
      { open: "\u00e9tat:", close: "]" },
      { open: "sss<", close: ">" },
    ]);
    for (let before = 0; before < 40; before++) {
      const pad = "s".repeat(before);
      for (const envelope of ["【系统】设计【", "\u00e9tat: design]", "sss<design>"])
        expect(read({ messages: [user(`${pad}.${envelope}ok`)] }, own).user).toBe(`${pad}. ok`);
    }
  });
});

describe("whose message it is", () => {
  const results = [{ type: "tool_result", tool_use_id: "t", content: "design" }];
  const output = { type: "function_call_output", call_id: "c", output: "design" };
  test.each<[string, object, { lastUser: string; prompt: string; humanTurns: number }]>([
    [
      "of an envelope alone it is nobody's",
      { messages: [user("fix it"), user(REMINDER)] },
      { lastUser: "fix it", prompt: "fix it", humanTurns: 1 },
    ],
    [
      "of envelopes and white space too",
      { messages: [user("fix it"), user(`${REMINDER}\n`)] },
      { lastUser: "fix it", prompt: "fix it", humanTurns: 1 },
    ],
    [
      "of tool results alone it is nobody's",
      { messages: [user("fix it"), user(results)] },
      { lastUser: "fix it", prompt: "fix it", humanTurns: 1 },
    ],
    [
      "of tool results and an envelope it is nobody's",
      { messages: [user("fix it"), user([...results, { type: "text", text: REMINDER }])] },
      { lastUser: "fix it", prompt: "fix it", humanTurns: 1 },
    ],
    [
      "of tool results and a word it is a person's",
      { messages: [user("fix it"), user([...results, { type: "text", text: "stop" }])] },
      { lastUser: "stop", prompt: "stop", humanTurns: 2 },
    ],
    [
      "an image without a word is the last message, not the prompt",
      { messages: [user("fix it"), user([{ type: "image_url", image_url: {} }])] },
      { lastUser: "", prompt: "fix it", humanTurns: 2 },
    ],
    [
      "outputs of function calls are nobody's, and answers between do not hide the prompt",
      { input: [user("fix it"), { type: "function_call" }, output, { role: "assistant", content: "well" }, output] },
      { lastUser: "fix it", prompt: "fix it", humanTurns: 1 },
    ],
    [
      "what aider sends along is nobody's",
      { messages: [user("I have *added these files to the chat* so\n\na.py"), { role: "assistant", content: "Ok." }, user("fix it")] },
      { lastUser: "fix it", prompt: "fix it", humanTurns: 1 },
    ],
    ["without a person there is none", { messages: [user(REMINDER)] }, { lastUser: "", prompt: "", humanTurns: 0 }],
  ])("%s", (_, body, wanted) => {
    expect(read(body)).toMatchObject(wanted);
  });
});

describe("bounds", () => {
  test("a text full of unclosed marks is searched once for each, not once for every mark", () => {
    const content = "<system-reminder>".repeat(200_000);
    const startedAt = performance.now();
    expect(read({ messages: [user(content)] }).user).toBe(content);
    expect(performance.now() - startedAt).toBeLessThan(2000); // 200,000 searches of 3.4 MB take a minute and more
  });

  test("100,000 envelopes in one message, and in parts of one, are all cut out", () => {
    const text = `a${REMINDER}`;
    expect(read({ messages: [user(text.repeat(100_000))] }).user).toBe("a ".repeat(100_000).trimEnd());
    const parts = Array.from({ length: 50_000 }, () => ({ type: "text", text }));
    expect(read({ messages: [user(parts)] }).user).toHaveLength(2 * 50_000 - 1);
  });

  test("a message with more cuts than a body of its size has room for stays whole", () => {
    const content = "x<<<<>".repeat(50_000);
    expect(read({ messages: [user(content)] }, scannerOf([{ open: "<<<<", close: ">" }])).user).toBe(content);
  });

  test("marks that cannot be compiled are refused", () => {
    expect(() => compileEnvelopes([{ open: "<a>" }])).toThrow("must have at least 4 bytes");
    expect(() => compileEnvelopes([{ open: "<abc>", close: "" }])).toThrow("must not be empty");
    expect(() => compileEnvelopes(Array.from({ length: 65 }, () => ({ open: "<abc>" })))).toThrow("at most 64");
  });
});

describe("attachments and their texts", () => {
  const flags = (content: unknown) => {
    const scanned = scanner.scan(Buffer.from(JSON.stringify({ messages: [user(content)] })));
    if (scanned.kind !== "chat") throw new Error("not a chat");
    const { images, files, audio, video } = scanned.facts;
    return Object.entries({ images, files, audio, video }).flatMap(([name, given]) => (given ? [name] : []));
  };
  test.each<[string, readonly string[]]>([
    ...["image_url", "input_image", "image", "computer_screenshot"].map((type) => [type, ["images"]] as [string, string[]]),
    ...["file", "input_file", "document", "container_upload"].map((type) => [type, ["files"]] as [string, string[]]),
    ...["audio", "input_audio", "audio_url"].map((type) => [type, ["audio"]] as [string, string[]]),
    ...["video", "input_video", "video_url"].map((type) => [type, ["video"]] as [string, string[]]),
    ["text", []],
  ])("a part of type %s comes with %s", (type, wanted) => {
    expect(flags([{ type, text: "x" }])).toEqual(wanted);
    expect(flags([{ type: "tool_result", content: [{ type, text: "x" }] }])).toEqual(wanted);
  });

  test("a computer's screenshot is an image", () => {
    const output = { type: "computer_screenshot", image_url: "data:" };
    const scanned = scanner.scan(Buffer.from(JSON.stringify({ input: [user("go"), { type: "computer_call_output", output }] })));
    expect(scanned).toMatchObject({ kind: "chat", facts: { images: true } });
  });

  test.each<[string, object, string]>([
    ["a text document", { type: "text", media_type: "text/plain", data: "design" }, "design"],
    ["one whose type comes last", { data: "design", type: "text" }, "design"],
    [
      "one of parts",
      {
        type: "content",
        content: [
          { type: "text", text: "de" },
          { type: "text", text: "sign" },
        ],
      },
      "de sign",
    ],
    ["base64 is not text", { type: "base64", data: "design" }, ""],
    ["a URL is not text", { type: "url", url: "design" }, ""],
  ])("%s", (_, source, wanted) => {
    expect(read({ messages: [user([{ type: "document", source }])] }).user).toBe(wanted);
    expect(read({ messages: [user([{ source, type: "document" }])] }).all).toBe(wanted);
  });

  test("a part with a text and no type has it", () => {
    expect(read({ messages: [user([{ text: "fix" }, { type: null, text: "it" }, { type: "other", text: "no" }])] }).user).toBe("fix it");
  });
});
