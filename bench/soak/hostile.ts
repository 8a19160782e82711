// All hostile peers, in a process of their own: started, ended, and what came of each kind.
import { fileURLToPath } from "node:url";
import { startChild } from "../../src/setup/stack/child.ts";
import { HOSTILE_KINDS, type HostileKind } from "./hostile-kinds.ts";
import type { HostileRecord, HostileRecords } from "./hostile-peer.ts";

const MAIN = fileURLToPath(new URL("hostile-main.ts", import.meta.url));

export interface HostileResult {
  readonly kind: HostileKind;
  readonly record: HostileRecord;
  readonly isAsItMust: boolean;
}

export interface Hostiles {
  hasExited(): boolean;
  stop(): Promise<readonly HostileResult[]>;
}

export function startHostiles(extProc: string, admin: string): Hostiles {
  const child = startChild(process.execPath, [MAIN, extProc, admin]);
  const startedAt = performance.now();
  return {
    hasExited: child.hasExited,
    async stop() {
      const ranMs = performance.now() - startedAt;
      await child.stop();
      const said = child.lastLines().at(-1) ?? "";
      if (!said.startsWith("{")) throw new Error(`the hostile peers ended early:\n${child.lastLines().join("\n")}`);
      const records = JSON.parse(said) as HostileRecords;
      return HOSTILE_KINDS.flatMap((kind) => {
        const record = records[kind.name];
        return record === undefined ? [] : [{ kind, record, isAsItMust: isAsItMust(kind, record, ranMs) }];
      });
    },
  };
}

function isAsItMust({ ending, withinMs }: HostileKind, record: HostileRecord, ranMs: number): boolean {
  const { calm, closed, outlived, refused, answered } = record;
  switch (ending) {
    case "calm":
      return calm > 0 && outlived === 0;
    case "closed":
      return outlived === 0 && (calm + closed > 0 || ranMs < withinMs);
    case "refused":
      return refused > 0 && answered === 0;
    case "borne":
      return calm + closed === 0 && (outlived > 0 || ranMs < withinMs);
    default:
      return ending satisfies never;
  }
}
