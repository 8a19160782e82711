// docker compose loads what is there: the files it mounts, where Prometheus and Grafana look for them.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { dashboardFiles } from "../../scripts/dashboards.ts";
import { loadConfig } from "../../src/config/load.ts";

const COMPOSE = new URL("../../envoy/docker-compose.yaml", import.meta.url);
const yamlOf = (path: string) => parse(readFileSync(new URL(path, COMPOSE), "utf8"));

interface Service {
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
}

const services = yamlOf("docker-compose.yaml").services as Readonly<Record<string, Service>>;
const mounts = Object.values(services)
  .flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(":")))
  .map(([from = "", to = ""]) => ({ from, to }))
  .filter(({ from }) => from.startsWith("."));

describe("docker compose", () => {
  test.each(mounts)("mounts $from, which is there", ({ from }) => {
    expect(existsSync(new URL(from, COMPOSE))).toBe(true);
  });

  test("publishes ports to this machine only, and puts all in one network namespace", () => {
    const { sluice, ...others } = services;
    expect(sluice?.ports?.every((port) => port.startsWith("127.0.0.1:"))).toBe(true);
    for (const [name, service] of Object.entries(others)) expect(service.network_mode, name).toBe("service:sluice");
  });

  test("gives sluice a configuration that is valid, with a price for every tier", async () => {
    const config = await loadConfig(new URL("sluice.yaml", COMPOSE).pathname);
    expect(config.tiers.map(({ name, price }) => [name, typeof price.inputPerMTok])).toEqual([
      ["weak", "number"],
      ["strong", "number"],
    ]);
  });

  test("has Prometheus scrape the ports of sluice and Envoy, with a month of memory", async () => {
    const config = await loadConfig(new URL("sluice.yaml", COMPOSE).pathname);
    const { address, port_value } = yamlOf("envoy.yaml").admin.address.socket_address;
    const targets = yamlOf("../deploy/prometheus/prometheus.yaml").scrape_configs.map((job: { static_configs: [{ targets: string[] }] }) =>
      job.static_configs.flatMap((group) => group.targets),
    );
    expect(targets).toEqual([[config.listen.admin], [`${address}:${port_value}`]]);
    expect(services["prometheus"]?.command).toContain("--storage.tsdb.retention.time=35d");
  });

  test("has Grafana load the dashboards, and ask that Prometheus", () => {
    const provider = yamlOf("../deploy/grafana/provisioning/dashboards/sluice.yaml").providers[0];
    const source = yamlOf("../deploy/grafana/provisioning/datasources/prometheus.yaml").datasources[0];
    const mounted = (folder: string) => mounts.find(({ to }) => to === folder)?.from;
    expect(mounted(provider.options.path)).toBe("../deploy/grafana/dashboards");
    expect(mounted("/etc/grafana/provisioning")).toBe("../deploy/grafana/provisioning");
    expect(source).toMatchObject({ type: "prometheus", url: "http://127.0.0.1:9090", isDefault: true });
    const home = services["grafana"]?.environment?.["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] ?? "";
    expect([...dashboardFiles().keys()].map((file) => `${provider.options.path}/${file}`)).toContain(home);
  });
});
