#!/usr/bin/env node
// Where the program starts: an old Node.js is refused in a clear word before anything is imported, then src/cli/program.ts is run. Written
// in what old ones can read: nothing newer than Node.js 14, and no import but the one below.

/** From here on an HTTP/2 server may raise its limit on stream resets, without which Envoy's own resets make requests fail. */
const OLDEST = [22, 12] as const;

const found = process.versions.node;
const [major = 0, minor = 0] = found.split(".").map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  const oldest = OLDEST.join(".");
  process.exitCode = 2;
  process.stderr.write(`error[node-too-old]: Node.js ${found} is too old: sluice needs ${oldest} or newer
  hint: Use Node.js ${oldest} or newer; 24 is advised.
`);
} else {
  void import("./cli/program.ts").then(({ runProgram }) => runProgram());
}
