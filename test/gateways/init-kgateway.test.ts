// `sluice init --gateway kgateway` on the real kgateway.
import { beforeAll, describe } from "vitest";
import { stopAtEnd } from "../support/teardown.ts";
import { startApiServer } from "./support/api-server.ts";
import { applyWritten, itRoutes, type RunningGateway } from "./support/init-routes.ts";
import { startKgateway } from "./support/kgateway.ts";

describe("sluice init --gateway kgateway", () => {
  let running: RunningGateway;

  beforeAll(async () => {
    const api = await startApiServer();
    stopAtEnd(api.stop);
    const kgateway = await startKgateway(api);
    stopAtEnd(kgateway.stop);
    const pods = await applyWritten(api, "kgateway");
    running = { pods, envoy: await kgateway.startGateway({ namespace: "llm", name: "llm", address: "127.0.0.1", port: 8080 }) };
  });

  itRoutes(() => running);
});
