// Where each of several processes listens and writes.
import { describe, expect, test } from "vitest";
import { processAddresses, processFile } from "../../src/processes/process-addresses.ts";

describe("the addresses of several processes", () => {
  test.each([
    [
      "a socket's path gets the number of the process",
      "unix:/run/sluice.sock",
      "127.0.0.1:9003",
      2,
      ["unix:/run/sluice.sock.0", "unix:/run/sluice.sock.1"],
    ],
    ["a port is followed by the next ones", "127.0.0.1:9100", "127.0.0.1:9003", 3, ["127.0.0.1:9100", "127.0.0.1:9101", "127.0.0.1:9102"]],
    ["the admin's port is left out", "0.0.0.0:9002", "127.0.0.1:9003", 3, ["0.0.0.0:9002", "0.0.0.0:9004", "0.0.0.0:9005"]],
    ["an admin on a socket takes no port", "[::1]:9002", "unix:/run/admin.sock", 2, ["[::1]:9002", "[::1]:9003"]],
    ["each takes a free port where any will do", "127.0.0.1:0", "127.0.0.1:0", 2, ["127.0.0.1:0", "127.0.0.1:0"]],
    ["the last port there is can be taken", "127.0.0.1:65534", "127.0.0.1:9003", 2, ["127.0.0.1:65534", "127.0.0.1:65535"]],
  ])("%s", (_what, extProc, admin, count, expected) => {
    expect(processAddresses(extProc, admin, count)).toEqual(expected);
  });

  test.each([
    ["ports that do not suffice", "127.0.0.1:65535", "127.0.0.1:9003"],
    ["a path that becomes too long", `unix:/${"a".repeat(105)}`, "127.0.0.1:9003"],
  ])("%s are refused", (_what, extProc, admin) => {
    expect(() => processAddresses(extProc, admin, 2)).toThrow(expect.objectContaining({ code: "listen-invalid" }));
  });
});

test.each([
  ["decisions.jsonl", "decisions-1.jsonl"],
  ["/var/log/sluice.d/decisions", "/var/log/sluice.d/decisions-1"],
  ["/var/log/sluice.d/a.b.jsonl", "/var/log/sluice.d/a.b-1.jsonl"],
])("%s becomes %s", (file, expected) => {
  expect(processFile(file, 1)).toBe(expected);
});
