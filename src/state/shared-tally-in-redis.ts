// Shared tallies in Redis or Valkey: two scripts, each of which does all or nothing, and a channel on which what was agreed is told.

import type { StateConnection } from "./connection.ts";
import { storeScript } from "./script.ts";
import type { SharedTallies, Stands } from "./shared-tally.ts";
import { AGREE_SCRIPT, EXCHANGE_PARTS_SCRIPT } from "./shared-tally-scripts.ts";

/** Of what nobody tells any more. */
const KEPT_MS = 40 * 86_400_000;

export function sharedTalliesInRedis(connection: StateConnection): SharedTallies {
  const exchange = storeScript(connection, EXCHANGE_PARTS_SCRIPT);
  const agree = storeScript(connection, AGREE_SCRIPT);
  const channel = connection.key("agreed");
  const listeners = new Map<string, Set<() => void>>(); // by root
  connection.subscribe(channel, (root) => {
    for (const listener of listeners.get(root.toString()) ?? []) listener();
  });
  connection.onUp(() => {
    for (const each of listeners.values()) for (const listener of each) listener();
  });

  return {
    of(name) {
      const root = connection.key(`shared:${name}`);
      const mine = new Set<() => void>();
      return {
        async exchange({ version, epoch, parts, claimant, claims }) {
          const told = parts.flatMap(({ id, sequence, text }) => [id, sequence, text]);
          const claimed = claims.flatMap(({ set, member }) => [set, member]);
          const reply = await exchange(
            [root],
            [version, epoch, claimant, KEPT_MS, JSON.stringify(told), JSON.stringify(claimed)].map(String),
          );
          const [stands, second, granted] = reply as readonly [string, string | readonly string[], readonly number[] | undefined];
          if (granted === undefined) return standing(stands, String(second));
          const texts = (second as readonly string[]).map((part) => part.slice(part.indexOf(":") + 1));
          return { kind: "done", parts: texts, granted: granted.map((each) => each === 1) };
        },
        async agree({ from, version, epoch, record }) {
          const reply = await agree([root], [from, version, epoch, record, KEPT_MS, channel].map(String));
          const [stands, other] = reply as readonly [string, string | undefined];
          return other === undefined ? { kind: "agreed" } : standing(stands, other);
        },
        onNews(listener) {
          mine.add(listener);
          const all = listeners.get(root) ?? new Set();
          listeners.set(root, all.add(listener));
        },
        close() {
          const all = listeners.get(root);
          for (const listener of mine) all?.delete(listener);
          if (all?.size === 0) listeners.delete(root);
        },
      };
    },
  };
}

function standing(version: string, record: string): Stands {
  return { kind: "stands", version: Number(version), record };
}
