// A TCP port of loopback that nothing listens on.
import { createServer } from "node:net";

/** For servers that cannot choose one themselves, or have to come back on the same. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
