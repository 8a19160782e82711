// Probes a container as a kubelet does: at its period, and counting failures.
import { isServing } from "../../support/grpc-health.ts";
import type { Container, Probe } from "./kubernetes-kinds.ts";

const DEFAULT_PERIOD_S = 10;
const DEFAULT_TIMEOUT_S = 1;
const DEFAULT_FAILURES = 3;

export interface ProbeSettings {
  readonly probe: Probe;
  readonly container: Container;
  readonly address: string;
  readonly signal: AbortSignal; // the container has gone
  readonly onSuccess: () => void;
  /** As many times in a row as the probe allows. */
  readonly onFailure: () => void;
}

/** Until `signal`. */
export async function probeContainer({ probe, container, address, signal, onSuccess, onFailure }: ProbeSettings): Promise<void> {
  const periodMs = (probe.periodSeconds ?? DEFAULT_PERIOD_S) * 1000;
  const allowed = probe.failureThreshold ?? DEFAULT_FAILURES;
  let failures = 0;
  await pause((probe.initialDelaySeconds ?? 0) * 1000, signal);
  while (!signal.aborted) {
    const begin = performance.now();
    const succeeded = await succeeds(probe, container, address);
    if (signal.aborted) return;
    failures = succeeded ? 0 : failures + 1;
    if (succeeded) onSuccess();
    else if (failures >= allowed) onFailure();
    await pause(periodMs - (performance.now() - begin), signal);
  }
}

async function succeeds({ httpGet, grpc, timeoutSeconds }: Probe, container: Container, address: string): Promise<boolean> {
  const timeoutMs = (timeoutSeconds ?? DEFAULT_TIMEOUT_S) * 1000;
  if (grpc !== undefined) return isServing(`${address}:${grpc.port}`, grpc.service ?? "", timeoutMs);
  if (httpGet === undefined) throw new Error(`container ${container.name}: a probe of an unknown kind`);
  const url = `http://${address}:${portNumber(container, httpGet.port)}${httpGet.path ?? "/"}`;
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: "manual" });
    return status >= 200 && status < 400;
  } catch {
    return false;
  }
}

/** Of a port given by number or by the name it has in the container. */
export function portNumber(container: Container, port: number | string): number | undefined {
  return typeof port === "number" ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
