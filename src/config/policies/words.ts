// Words that the summaries of several policies share.

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

export function percent(fraction: number): string {
  return `${Math.round(fraction * 1000) / 10} %`;
}
