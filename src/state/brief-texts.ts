// Texts that one replica leaves for another, by name, for a while; taken once. Nobody waits for the store: what it does not take, or does
// not say in time, is not there.
import type { StateConnection } from "./connection.ts";

export interface BriefTexts {
  keep(name: string, text: string): void;
  forget(name: string): void;
  /** Never rejects. */
  take(name: string): Promise<string | undefined>;
}

export function briefTexts(connection: StateConnection, kind: string, keptMs: number): BriefTexts {
  const keyOf = (name: string) => connection.key(`${kind}:${name}`);
  const ask = (command: readonly string[]) => connection.send(command).catch(() => undefined); // counted by the connection
  return {
    keep: (name, text) => void ask(["SET", keyOf(name), text, "PX", String(keptMs)]),
    forget: (name) => void ask(["DEL", keyOf(name)]),
    async take(name) {
      const text = await ask(["GETDEL", keyOf(name)]);
      return typeof text === "string" ? text : undefined;
    },
  };
}
