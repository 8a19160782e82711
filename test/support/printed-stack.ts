// What `sluice stack` prints, put to use: its addresses, and its curl commands sent without needing curl itself.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";

/** The titles of the columns: everything above is the introduction, every line below a request. */
export function isTitle(line: string): boolean {
  return line.startsWith("tier  ");
}

export interface PrintedAddresses {
  readonly url: string; // of Envoy's listener
  readonly envoyAdmin: string;
  readonly sluiceAdmin: string;
}

/** Throws with all lines where there are none. */
export function printedAddresses(lines: readonly string[]): PrintedAddresses {
  const pattern = /^Envoy on (\S+) \(admin (\S+)\), sluice behind it \(admin (\S+)\)/m;
  const [, url, envoyAdmin, sluiceAdmin] = pattern.exec(lines.join("\n")) ?? [];
  if (url === undefined || envoyAdmin === undefined || sluiceAdmin === undefined) throw new Error(`no stack: ${lines.join("\n")}`);
  return { url, envoyAdmin, sluiceAdmin };
}

/** Addresses of all servers that Envoy knows of: sluice and the model servers. */
export async function servers(envoyAdmin: string): Promise<readonly string[]> {
  const text = await (await fetch(`${envoyAdmin}/clusters`)).text();
  return [...new Set([...text.matchAll(/::(127\.0\.0\.1:\d+)::/g)].map((match) => match[1] ?? ""))];
}

export async function listens(address: string): Promise<boolean> {
  return fetch(`http://${address}`).then(
    () => true,
    (error: Error) => (error.cause as NodeJS.ErrnoException | undefined)?.code !== "ECONNREFUSED",
  );
}

/** What a shell makes of a printed curl command, sent. Gives the answer's body. */
export async function curl(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)("sh", ["-c", `curl() { printf '%s\\n' "$@"; }\n${command}`]);
  const [flags, url, dashH, header, dashD, body, ...rest] = stdout.trimEnd().split("\n");
  expect([flags?.startsWith("-s"), dashH, dashD, rest]).toEqual([true, "-H", "-d", []]);
  const [name = "", value = ""] = header?.split(": ") ?? [];
  return (await fetch(url ?? "", { method: "POST", headers: { [name]: value }, body: body ?? "" })).text();
}
