import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";

const MODULE = new URL("../../src/cli/compile-soon.ts", import.meta.url).href;
const TURBOFAN = "turbofan";

/** Tiers that a function of its own reached after so many calls, in a fresh process. */
function tierAfter(calls: number, prelude: string): string {
  const program = `
    import { compileSoon } from ${JSON.stringify(MODULE)};
    ${prelude}
    function add(a, b) { let sum = 0; for (let i = 0; i < 10; i++) sum = (sum + a * i + b) | 0; return sum; }
    for (let call = 0; call < ${calls}; call++) { add(call, 1); if (call % 50 === 0) await new Promise((done) => setTimeout(done, 1)); }
    console.log((%GetOptimizationStatus(add) & (1 << 6)) !== 0 ? "${TURBOFAN}" : "below");`;
  const flags = ["--allow-natives-syntax", "--no-use-osr", "--input-type=module", "-e", program];
  return execFileSync(process.execPath, flags, { encoding: "utf8" }).trim();
}

describe.skipIf(Number(process.versions.node.split(".")[0]) < 24)("a function that is called 700 times", () => {
  test("is optimized once V8 is told to compile soon", () => expect(tierAfter(700, "compileSoon();")).toBe(TURBOFAN));
  test("is not by itself", () => expect(tierAfter(700, "")).toBe("below"));
  test("is not before Node 24, where nothing is told", () => expect(tierAfter(700, 'compileSoon("22.12.0");')).toBe("below"));
});
