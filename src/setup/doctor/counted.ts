// Counts in words, as findings say them.

/** "1 error", "20,000 requests" */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : several}`;
}
