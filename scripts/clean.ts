// Empties dist/, so that a file removed from src/ does not live on there.
import { rmSync } from "node:fs";

rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });
