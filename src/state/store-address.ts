// Where a store is, out of its URL: `redis://[user[:password]@]host[:port][/database]`, `rediss:` with TLS.

export interface StoreAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

const PORT = 6379;

/** Undefined: it is no such URL. */
export function storeAddress(url: string): StoreAddress | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || !["redis:", "rediss:"].includes(parsed.protocol) || parsed.hostname === "") return undefined;
  const path = /^\/?(\d{0,4})$/.exec(parsed.pathname);
  if (path === null || parsed.search !== "" || parsed.hash !== "") return undefined;
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? PORT : Number(parsed.port),
    tls: parsed.protocol === "rediss:",
    username: parsed.username === "" ? undefined : decodeURIComponent(parsed.username),
    password: parsed.password === "" ? undefined : decodeURIComponent(parsed.password),
    database: Number(path[1]),
  };
}
