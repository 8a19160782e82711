// Where a client's path lands on a server given by its URL.
import { describe, expect, it } from "vitest";
import { parseServerUrl } from "../../../src/setup/stack/server-url.ts";

describe("parseServerUrl", () => {
  it.each([
    ["http://localhost:11434", { tls: false, host: "localhost", port: 11434, authority: "localhost:11434", basePath: "/v1" }],
    ["https://api.example", { tls: true, host: "api.example", port: 443, authority: "api.example", basePath: "/v1" }],
    ["https://api.example/v1/", { tls: true, host: "api.example", port: 443, authority: "api.example", basePath: "/v1" }],
    ["https://api.example/api/v1", { tls: true, host: "api.example", port: 443, authority: "api.example", basePath: "/api/v1" }],
    ["https://api.example/api/paas/v4", { tls: true, host: "api.example", port: 443, authority: "api.example", basePath: "/api/paas/v4" }],
    [
      "https://api.example/v1beta/openai",
      { tls: true, host: "api.example", port: 443, authority: "api.example", basePath: "/v1beta/openai" },
    ],
    ["http://10.0.0.7:8000/llm", { tls: false, host: "10.0.0.7", port: 8000, authority: "10.0.0.7:8000", basePath: "/llm/v1" }],
    ["http://[::1]:8000", { tls: false, host: "::1", port: 8000, authority: "[::1]:8000", basePath: "/v1" }],
  ])("reads %s", (text, expected) => {
    expect(parseServerUrl(text)).toEqual(expected);
  });

  it.each(["localhost:11434", "ftp://host", "api.example", "https://user:key@host", "https://host/?key=1", ""])("refuses %j", (text) => {
    expect(parseServerUrl(text)).toBeUndefined();
  });
});
