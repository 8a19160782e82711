// An ext_proc server that is not sluice: it replies to each message what a test tells it to, right or wrong.
import { fileURLToPath } from "node:url";
import { loadPackageDefinition, Server, ServerCredentials, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { stopAtEnd } from "./teardown.ts";

const definition = loadPackageDefinition(
  loadSync("envoy/service/ext_proc/v3/external_processor.proto", {
    includeDirs: [fileURLToPath(new URL("../../proto", import.meta.url))],
    keepCase: true,
    oneofs: true,
    enums: String,
  }),
);

interface ExtProcPackage {
  readonly envoy: { readonly service: { readonly ext_proc: { readonly v3: { readonly ExternalProcessor: ServiceClientConstructor } } } };
}

/** What is replied to a message: the messages in order, as protobufjs takes them. */
export type Replying = (message: { readonly request: string }) => readonly object[];

interface ProcessCall {
  on(event: "data", listener: (message: { readonly request: string }) => void): void;
  on(event: "end" | "error", listener: () => void): void;
  write(message: object): void;
  end(): void;
}

/** Its address, host:port. */
export async function startWrongExtProc(replying: Replying): Promise<string> {
  const server = new Server();
  server.addService((definition as unknown as ExtProcPackage).envoy.service.ext_proc.v3.ExternalProcessor.service, {
    Process(call: ProcessCall) {
      call.on("data", (message) => {
        for (const reply of replying(message)) call.write(reply);
      });
      call.on("end", () => call.end());
      call.on("error", () => undefined);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  stopAtEnd(async () => server.forceShutdown());
  return `127.0.0.1:${port}`;
}
