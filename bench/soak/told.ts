// What sluice tells: the lines of its log, counted by message, and its metrics.
import { metric } from "../../test/support/metrics.ts";
import type { Sign } from "./fault.ts";

export interface Told {
  /** A line of its log. */
  line(text: string): void;
  /** How often it has said so. */
  said(message: string): number;
  /** The sum of what such lines count. */
  counted(message: string): number;
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Messages by how often they were said. */
  readonly messages: ReadonlyMap<string, number>;
}

export function told(adminUrl: () => string): Told {
  const messages = new Map<string, number>();
  const counts = new Map<string, number>();
  const add = (to: Map<string, number>, key: string, more: number) => void to.set(key, (to.get(key) ?? 0) + more);
  return {
    line(text) {
      if (!text.startsWith("{")) return; // Node's own, of the inspector
      const { msg, count } = JSON.parse(text) as { readonly msg: string; readonly count?: number };
      add(messages, msg, 1);
      add(counts, msg, count ?? 0);
    },
    said: (message) => messages.get(message) ?? 0,
    counted: (message) => counts.get(message) ?? 0,
    metric: (name, labels) => metric(adminUrl(), name, labels),
    messages,
  };
}

export function saidSign({ said }: Told, message: string): Sign {
  return { what: `log: ${message}`, read: () => said(message) };
}

export function metricSign({ metric }: Told, name: string, labels: Readonly<Record<string, string>>): Sign {
  return { what: `${name}{${Object.values(labels).join()}}`, read: () => metric(name, labels) };
}
