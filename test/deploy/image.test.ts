// deploy/Dockerfile without Docker: its steps done in a folder, and what they make started as the image would be.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { beforeAll, describe, expect, test } from "vitest";
import { type ImageFiles, makeImageFiles } from "../../scripts/image-files.ts";
import { type ImageProcess, startImageProcess } from "../../scripts/image-process.ts";
import { decodeReply, encodeRequest, headersSet, type Reply, requestBody, requestHeaders } from "../support/ext-proc-client.ts";
import { isServing } from "../support/grpc-health.ts";
import { chat } from "../support/requests.ts";
import { stopAtEnd } from "../support/teardown.ts";

const INSTALL_MS = 600_000; // most of it npm's, on a busy machine
const PROCESS = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";

let image: ImageFiles;
let running: ImageProcess;
const inImage = (path: string) => join(image.root, image.start.workdir, path);

beforeAll(async () => {
  image = makeImageFiles(() => {});
  stopAtEnd(async () => image.remove());
  running = await startImageProcess(image);
  stopAtEnd(running.stop);
}, INSTALL_MS);

describe("the image", () => {
  test("serves: ready, healthy, and a request is routed", async () => {
    expect((await fetch(`http://${running.admin}/readyz`)).status).toBe(200);
    expect(await isServing(running.extProc, "envoy.service.ext_proc.v3.ExternalProcessor", 5000)).toBe(true);
    const [, reply] = await replies(running.extProc, [requestHeaders({}), requestBody(chat("Design a payment service."))]);
    expect(headersSet(reply?.request_body?.response)["x-sluice-tier"]).toBe("strong");
  });

  test("has no package that only development needs", () => {
    const { packages } = JSON.parse(readFileSync(inImage("node_modules/.package-lock.json"), "utf8")) as {
      packages: Record<string, unknown>;
    };
    const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
      packages: Record<string, { readonly dev?: boolean }>;
    };
    const development = Object.keys(lock.packages).filter((path) => lock.packages[path]?.dev === true);
    expect(development).toContain("node_modules/vitest");
    expect(development.filter((path) => existsSync(inImage(path)))).toEqual([]);
    expect(Object.keys(packages).length).toBeGreaterThan(10);
  });

  test("has nothing that installing or building left over", () => {
    expect(["src", "scripts", "test", "package-lock.json", ".git", ".cache"].filter((path) => existsSync(inImage(path)))).toEqual([]);
  });

  test("has the stand-in model servers of deploy/kubernetes/stand-ins", () => {
    expect(existsSync(inImage("envoy/stand-in.mjs"))).toBe(true);
  });

  test("ends in order when it is told to", async () => {
    await running.stop();
    expect(running.child.exitCode()).toBe(0);
  });
});

/** All replies of a call that sends these messages, as Envoy would. */
function replies(address: string, messages: readonly object[]): Promise<readonly Reply[]> {
  const client = new Client(address, credentials.createInsecure());
  const seen: Reply[] = [];
  return new Promise<readonly Reply[]>((resolve, reject) => {
    const call = client.makeBidiStreamRequest(PROCESS, (message: object) => encodeRequest(message), decodeReply);
    call.on("data", (reply: Reply) => seen.push(reply));
    call.on("error", reject);
    call.on("end", () => resolve(seen));
    for (const message of messages) call.write(message);
  }).finally(() => client.close());
}
