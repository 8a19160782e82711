// The environment of a client: it reaches this machine alone, and nothing of ours but PATH. A look-up elsewhere (news, prices, versions)
// fails at once, with a network or without.

const NOBODY = "http://127.0.0.1:9"; // the port that discards; nobody listens

export function clientEnv(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const proxies = Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()].map((key) => [key, NOBODY])),
  );
  const direct = { NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
  return { PATH: process.env["PATH"], ...proxies, ...direct, ...more };
}
