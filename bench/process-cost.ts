// What a process has used, as Linux counts it: exact to the nanosecond, and without asking the process, which would cost it time.
import { readdirSync, readFileSync } from "node:fs";

/** CPU time of all its threads, in µs. */
export function cpuMicros(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).reduce((sum, task) => sum + Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]) / 1000, 0);
}

/** What it holds, in MB: memory of its own, and pages of files, which are the program of Node.js and its libraries. */
export function residentMb(pid: number): { readonly own: number; readonly files: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const part = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1000;
  return { own: part("RssAnon"), files: part("RssFile") };
}

/** The most memory it has held, in MB. */
export function peakRssMb(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1000;
}
