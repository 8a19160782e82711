// The pages of deploy/ are followed to the letter elsewhere; here, that following one would notice if they were wrong.
import { afterAll, describe, expect, it } from "vitest";
import { isAsShown, startShell, stepsOf } from "./support/readme.ts";

const shell = startShell(process.env);
afterAll(() => shell.end());

describe("the commands of a page", () => {
  it.each(["kgateway", "envoy-gateway"])("are found for %s, with what they print", (gateway) => {
    const steps = stepsOf(`deploy/${gateway}/README.md`);
    expect(steps.length).toBeGreaterThan(4);
    expect(steps.some((step) => step.shown !== undefined)).toBe(true);
  });

  it("share their variables, as those of one shell do", async () => {
    await shell.run("NAME=gateway\nPLACES=(a b)");
    expect(await shell.run(`echo "$NAME"`)).toBe("gateway\n");
  });

  it("end at the first that fails", async () => {
    await expect(shell.run("false\necho on")).rejects.toThrow();
    await expect(shell.run("false | cat")).rejects.toThrow();
  });
});

describe("what commands print", () => {
  it.each([
    ["the same", "a 1\nb\n", "a 1\nb\n", true],
    ["an id that differs", "id 4f3 ready\n", "id … ready\n", true],
    ["any lines", "a\nb\nc\n", "a\n…\nc\n", true],
    ["no lines where any may be", "a\nc\n", "a\n…\nc\n", true],
    ["columns that end in spaces", "a  \nb\n", "a\nb\n", true],
    ["another line", "a\nb\n", "a\nc\n", false],
    ["a line too many", "a\nb\nc\n", "a\nb\n", false],
    ["a line too few", "a\n", "a\nb\n", false],
    ["what only looks like a pattern", "axb\n", "a.b\n", false],
  ])("%s", (_what, printed, shown, same) => {
    expect(isAsShown(printed, shown)).toBe(same);
  });
});
