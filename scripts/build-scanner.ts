// Compiles the body scanner (src/request/chat/assembly) to WebAssembly and writes it as a module beside it, scan-wasm.ts, that needs no
// file access.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const CHAT = new URL("../src/request/chat/", import.meta.url);

const { error, stderr, binary } = await compile();
if (error !== null || binary === undefined) {
  process.stderr.write(`${stderr}\n`);
  process.exit(1);
}
const base64 = Buffer.from(binary).toString("base64");
const module = `// Made by scripts/build-scanner.ts from src/request/chat/assembly: ${binary.length} bytes of WebAssembly.
export const SCANNER_WASM = Uint8Array.from(atob("${base64}"), (c) => c.charCodeAt(0));
`;
writeFileSync(new URL("scan-wasm.ts", CHAT), module);

async function compile() {
  let binary: Uint8Array | undefined;
  const options = [
    "--runtime",
    "stub",
    "--use",
    "abort=",
    "--enable",
    "simd,relaxed-simd",
    "-O3",
    "--noAssert",
    "--initialMemory",
    "1",
    "--maximumMemory",
    "32768",
  ];
  const { error, stderr } = await asc.main([fileURLToPath(new URL("assembly/scan.ts", CHAT)), "--outFile", "scan.wasm", ...options], {
    writeFile: (_name: string, contents: Uint8Array | string) => {
      if (typeof contents !== "string") binary = contents;
    },
  });
  return { error, stderr: stderr.toString(), binary };
}
