import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { heapFlags, restartArguments, startAnew } from "../../src/cli/heap-flags.ts";

const EXTERNAL = "--external-memory-accounted-in-global-limit";

function running(changes: Partial<typeof process>): typeof process {
  const base = {
    versions: { node: "24.1.0" },
    platform: "linux",
    execPath: "/node",
    execArgv: [],
    argv: ["/node", "main.js", "serve"],
    execve() {},
  };
  return { ...base, ...changes } as unknown as typeof process;
}

describe("the heap flags of serve", () => {
  test("are known to this Node", () => {
    expect(execFileSync(process.execPath, [...heapFlags(process.versions.node), "-p", "1"], { encoding: "utf8" })).toBe("1\n");
  });

  test("leave out what Node 22 does not know", () => {
    expect(heapFlags("22.12.0")).not.toContain(EXTERNAL);
    expect(heapFlags("24.0.0")).toContain(EXTERNAL);
  });

  test("are put in front of the flags and arguments that were given", () => {
    const restart = restartArguments(running({ execArgv: ["--enable-source-maps"] }));
    expect(restart).toEqual(["/node", ...heapFlags("24.1.0"), "--enable-source-maps", "main.js", "serve"]);
  });

  test.each([
    ["they are there already", { execArgv: [...heapFlags("24.1.0")] }],
    ["the process cannot be replaced", { execve: undefined }],
    ["the system is Windows", { platform: "win32" }],
  ] as const)("do not restart when %s", (_when, changes) => {
    expect(restartArguments(running(changes as unknown as Partial<typeof process>))).toBeUndefined();
  });
});

describe("a program that starts anew", () => {
  /** What replaces it. */
  function startedAs(changes: Partial<typeof process>): readonly unknown[] | undefined {
    let started: readonly unknown[] | undefined;
    const execve = (...what: readonly unknown[]) => {
      started = what;
    };
    startAnew(running({ execve: execve as unknown as NonNullable<typeof process.execve>, ...changes }));
    return started;
  }

  test.each([
    ["has its threads share one part of the memory", { PATH: "/bin" }, { PATH: "/bin", MALLOC_ARENA_MAX: "1" }],
    ["but for who has set how many", { MALLOC_ARENA_MAX: "4" }, { MALLOC_ARENA_MAX: "4" }],
  ])("%s", (_what, env, expected) => {
    const started = startedAs({ env });
    expect(started?.[0]).toBe("/node");
    expect(started?.[2]).toEqual(expected);
  });

  test("does so once", () => expect(startedAs({ execArgv: [...heapFlags("24.1.0")] })).toBeUndefined());
});
