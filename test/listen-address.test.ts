import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { claimListenAddress, formatListenAddress, type ListenAddress, listenError, parseListenAddress } from "../src/listen-address.ts";

describe("a listen address", () => {
  test.each<[string, ListenAddress]>([
    ["127.0.0.1:9002", { kind: "tcp", host: "127.0.0.1", port: 9002 }],
    ["localhost:0", { kind: "tcp", host: "localhost", port: 0 }],
    ["[::1]:1", { kind: "tcp", host: "::1", port: 1 }],
    ["unix:/run/sluice.sock", { kind: "unix", path: "/run/sluice.sock" }],
    ["unix:sluice.sock", { kind: "unix", path: "sluice.sock" }],
  ])("%s is read and written back the same", (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
    expect(formatListenAddress(address)).toBe(text);
  });

  test("unix:///path is unix:/path", () => {
    expect(parseListenAddress("unix:///run/a")).toEqual({ kind: "unix", path: "/run/a" });
  });

  test.each(["", "9002", "host", "host:", ":1", "a:65536", "::1:1", "[::1]", "http://a:1", "a b:1", "unix:", `unix:/${"x".repeat(107)}`])(
    "%j is refused",
    (text) => {
      expect(() => parseListenAddress(text)).toThrow(expect.objectContaining({ code: "listen-invalid", exitCode: 2 }));
    },
  );
});

describe("what a failure to listen means", () => {
  const address = parseListenAddress("127.0.0.1:9002");
  test.each([
    ["EADDRINUSE", "listen-in-use"],
    ["EACCES", "listen-not-permitted"],
    ["EADDRNOTAVAIL", "listen-no-address"],
    ["ENOTFOUND", "listen-no-address"],
    ["ENOENT", "listen-bad-path"],
    ["ENOTDIR", "listen-bad-path"],
    ["EWHAT", "listen-failed"],
  ])("%s is %s and names the address", (system, code) => {
    const error = listenError(address, Object.assign(new Error("listen"), { code: system }));
    expect(error.code).toBe(code);
    expect(error.message).toContain("127.0.0.1:9002");
  });

  test("gRPC's errors, which have the system's code in their message only, are understood too", () => {
    const error = new Error("No address added out of total 1 resolved errors: [listen EADDRINUSE: address already in use 127.0.0.1:9002]");
    expect(listenError(address, error).code).toBe("listen-in-use");
  });
});

describe("claiming a Unix socket", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-address-"));
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });
  const at = (name: string): ListenAddress => ({ kind: "unix", path: join(folder, name) });

  test("a path with nothing there is free", async () => {
    await expect(claimListenAddress(at("free"))).resolves.toBeUndefined();
  });

  test("the file of a server that was killed is removed", async () => {
    const path = join(folder, "stale");
    const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(path)).toBe(true);
    await claimListenAddress(at("stale"));
    expect(existsSync(path)).toBe(false);
  });

  test("the socket of a live server is left alone", async () => {
    const server = createServer().listen(join(folder, "live"));
    servers.push(server);
    await once(server, "listening");
    await expect(claimListenAddress(at("live"))).rejects.toMatchObject({ code: "listen-in-use" });
    expect(existsSync(join(folder, "live"))).toBe(true);
  });

  test("a file that is no socket is left alone", async () => {
    writeFileSync(join(folder, "file"), "precious");
    await expect(claimListenAddress(at("file"))).rejects.toMatchObject({ code: "listen-bad-path" });
    expect(existsSync(join(folder, "file"))).toBe(true);
  });

  test("so is a symbolic link that leads nowhere", async () => {
    symlinkSync(join(folder, "gone"), join(folder, "link"));
    await expect(claimListenAddress(at("link"))).rejects.toMatchObject({ code: "listen-bad-path" });
  });
});
