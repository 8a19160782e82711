// Notices that the configuration file, or a model that it names, has other content: after an edit, an atomic rename, or the swap of a
// symbolic link by which Kubernetes updates a ConfigMap. Says only that it changed; who is told reads the files again.
import { createHash } from "node:crypto";
import { type FSWatcher, readFileSync, realpathSync, watch } from "node:fs";
import { dirname } from "node:path";

export interface ConfigWatcher {
  close(): void;
}

const SETTLE_MS = 100; // an editor's burst of events counts as one change
const FALLBACK_MS = 10_000; // events do not come from every file system: the content is compared this often without any

const NO_MODELS = (): readonly string[] => [];

/**
 * Calls `onChange` once for each change of the file's content, the file's disappearance included, or of a model's. `models` gives the paths
 * of the models there are now: after a change of the file, others.
 */
export function watchConfig(path: string, onChange: () => void, models = NO_MODELS, fallbackMs = FALLBACK_MS): ConfigWatcher {
  const watchers = new Map<string, FSWatcher>(); // by directory
  const files = () => new Set([path, ...models()]);
  let seen = digestsOf(files());
  let settling: NodeJS.Timeout | undefined;

  const check = () => {
    watchDirectories();
    const before = seen;
    seen = digestsOf(files());
    const changed = [...seen].some(([file, digest]) => before.has(file) && before.get(file) !== digest);
    if (!changed) return;
    onChange();
    touched(); // takes note of the models that the changed file names
  };
  const touched = () => {
    settling ??= setTimeout(() => {
      settling = undefined;
      check();
    }, SETTLE_MS);
  };
  const forget = (directory: string) => {
    watchers.get(directory)?.close();
    watchers.delete(directory);
  };
  // Directories, not the file: a rename or a swapped link leaves a watch on the old file behind.
  const watchDirectories = () => {
    const wanted = new Set([...files()].flatMap(directoriesOf));
    for (const directory of watchers.keys()) if (!wanted.has(directory)) forget(directory);
    for (const directory of wanted) {
      if (watchers.has(directory)) continue;
      try {
        const watcher = watch(directory, { persistent: false }, touched);
        watcher.on("error", () => forget(directory));
        watchers.set(directory, watcher);
      } catch {
        // No such directory now, or no watches left: the fallback goes on.
      }
    }
  };

  watchDirectories();
  const fallback = setInterval(check, fallbackMs).unref();
  return {
    close() {
      clearInterval(fallback);
      clearTimeout(settling);
      for (const directory of [...watchers.keys()]) forget(directory);
    },
  };
}

/** The directory of the path, and that of the file it leads to. */
function directoriesOf(path: string): readonly string[] {
  try {
    return [dirname(path), dirname(realpathSync(path))];
  } catch {
    return [dirname(path)]; // gone for the moment
  }
}

/** Of each file's content. */
function digestsOf(files: ReadonlySet<string>): ReadonlyMap<string, string | undefined> {
  return new Map([...files].map((file) => [file, digestOf(file)]));
}

/** Undefined when it cannot be read. */
function digestOf(path: string): string | undefined {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return undefined;
  }
}
