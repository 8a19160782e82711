// What a person reads of the log: made from the lines that pino writes.
import { describe, expect, test } from "vitest";
import { SluiceError } from "../../../src/errors.ts";
import { errorFields } from "../../../src/outcome/admin/reload-failure.ts";
import { createLogger, type Logger } from "../../../src/outcome/telemetry/log.ts";

function logged(say: (log: Logger) => void, colour = false): string {
  const lines: string[] = [];
  say(createLogger({ level: "trace", destination: { write: (line) => void lines.push(line) }, text: { colour } }));
  return lines.join("").replaceAll(/\d\d:\d\d:\d\dZ/g, "12:34:56Z");
}

function systemError(): Error {
  return Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:4318"), { code: "ECONNREFUSED" });
}

const INDENT = " ".repeat(16);

describe("a line for people", () => {
  test.each<readonly [what: string, say: (log: Logger) => void, text: string]>([
    ["is time, level and message", (log) => log.info("stopped"), "info  stopped\n"],
    [
      "has the fields that matter, and quotes where it must",
      (log) => log.warn({ key: "listen.admin", a: "b c", n: 1234, x: 0.123456, none: undefined }, "later"),
      'warn  later key=listen.admin a="b c" n=1234 x=0.123\n',
    ],
    [
      "leaves what is nested to the JSON lines",
      (log) => log.debug({ signals: [{ name: "chars" }], texts: { all: 1 }, tiers: ["weak", "strong"] }, "decided"),
      "debug decided tiers=weak,strong\n",
    ],
    [
      "tells an error with code, cause and hint",
      (log) => log.error(errorFields(new SluiceError("config-unreadable", "a.yaml: cannot be read", { cause: systemError() })), "kept"),
      [
        "error kept",
        "config-unreadable: a.yaml: cannot be read",
        "cause: connect ECONNREFUSED 127.0.0.1:4318",
        "hint: Check that it is a file this user may read.\n",
      ].join(`\n${INDENT}`),
    ],
    [
      "has no stack of what the world does",
      (log) => log.error({ err: systemError() }, "a call failed"),
      `error a call failed\n${INDENT}connect ECONNREFUSED 127.0.0.1:4318\n`,
    ],
    [
      "has no stack of a loss",
      (log) => log.warn({ count: 3, err: new Error("status 503") }, "spans are lost"),
      `warn  spans are lost count=3\n${INDENT}status 503\n`,
    ],
    [
      "lets no terminal obey what a client sent",
      (log) => log.warn({ requestId: "a\x1b[2J\x9b2J" }, "ref\x1b]0;x\x07used"),
      'warn  ref\\x1b]0;x\\x07used requestId="a\\u001b[2J\\x9b2J"\n',
    ],
  ])("%s", (_, say, text) => {
    expect(logged(say)).toBe(`12:34:56Z ${text}`);
  });

  test("has the stack of a bug, and what kind of trouble it was", () => {
    const text = logged((log) => log.error({ cause: "internal-error", err: new TypeError("x is undefined") }, "passed on"));
    expect(text).toMatch(/^12:34:56Z error passed on cause=internal-error\n {16}TypeError: x is undefined\n {16} {4}at /);
  });

  test("has colours only where they are wanted", () => {
    expect(logged((log) => log.warn("late"), true)).toBe("\x1b[2m12:34:56Z\x1b[0m \x1b[33mwarn \x1b[0m late\n");
  });
});
