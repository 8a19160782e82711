// Lets the built program be run by its name: npx runs dist/main.js itself, and the compiler writes files that may not be.
import { chmodSync } from "node:fs";

chmodSync(new URL("../dist/main.js", import.meta.url), 0o755);
