// By which names the admin port may be asked, and from which pages.
import { describe, expect, test } from "vitest";
import { parseListenAddress } from "../../../src/listen-address.ts";
import { trustedNames } from "../../../src/outcome/admin/trusted-names.ts";

const names = trustedNames(parseListenAddress("sluice.lan:9003"), ["Sluice.Example.com"]);

describe("a request's host", () => {
  test.each([
    ["loopback's name", "localhost:9003", true],
    ["loopback's name in capitals, with the dot that ends a name", "LOCALHOST.:9003", true],
    ["a name below it", "sluice.localhost", true],
    ["loopback's address", "127.0.0.1:9003", true],
    ["loopback's address of IPv6", "[::1]:9003", true],
    ["a pod's address, which no name server gives", "10.1.2.3:9003", true],
    ["the one listened on", "sluice.lan:9003", true],
    ["one from the configuration, whatever the port and the case", "sluice.example.com:443", true],
    ["none, as no browser asks", undefined, true],
    ["a name that resolves to here", "attacker.example:9003", false],
    ["a name that begins as a trusted one", "localhost.attacker.example:9003", false],
    ["a name that looks like an address", "127.0.0.1.attacker.example", false],
    ["a name below a trusted one", "evil.sluice.example.com", false],
    ["nothing", "", false],
  ])("is trusted or not: %s", (_what, host, isTrusted) => {
    expect(names.isTrustedHost(host)).toBe(isTrusted);
  });
});

describe("a write's origin", () => {
  test.each([
    ["none: no browser, by whatever name", undefined, "sluice.sluice.svc:9003", true],
    ["the port's own page", "http://localhost:9003", "localhost:9003", true],
    ["the port's own page behind TLS", "https://sluice.example.com", "sluice.example.com", true],
    ["the page behind a proxy that asks by another name", "https://sluice.example.com", "10.1.2.3:9003", true],
    ["another page", "https://attacker.example", "localhost:9003", false],
    ["another page of this machine", "http://localhost:3000", "localhost:9003", false],
    ["a page whose own name resolves to here", "http://attacker.example:9003", "attacker.example:9003", false],
    ["a page without an origin", "null", "localhost:9003", false],
    ["what is no origin", "localhost:9003", "localhost:9003", false],
  ])("is trusted or not: %s", (_what, origin, host, isTrusted) => {
    expect(names.isTrustedOrigin(origin, host)).toBe(isTrusted);
  });
});

test("a Unix socket is asked by any name, since no browser gets there", () => {
  const socket = trustedNames(parseListenAddress("unix:/run/sluice.sock"), []);
  expect([socket.isTrustedHost("anything"), socket.isTrustedOrigin("http://anything", "else")]).toEqual([true, true]);
});
