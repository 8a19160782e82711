// What sluice's /metrics says, for tests.

/** The sum of a metric's samples that carry all these labels. */
export async function metric(adminUrl: string, name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const samples = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const matching = samples.filter((line) => wanted.every((label) => line.includes(label)));
  return matching.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Requests decided so far for a reason. */
export function decisions(adminUrl: string, reason: string): Promise<number> {
  return metric(adminUrl, "sluice_decisions_total", { reason });
}
