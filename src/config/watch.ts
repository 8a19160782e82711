// Notices that the configuration file has other content: after an edit, an atomic rename, or the swap of a symbolic link by which
// Kubernetes updates a ConfigMap. Says only that it changed; who is told reads the file again.
import { type FSWatcher, readFileSync, realpathSync, watch } from "node:fs";
import { dirname } from "node:path";

export interface ConfigWatcher {
  close(): void;
}

const SETTLE_MS = 100; // an editor's burst of events counts as one change
const FALLBACK_MS = 10_000; // events do not come from every file system: the content is compared this often without any

/** Calls `onChange` once for each change of the file's content, the file's disappearance included. */
export function watchConfig(path: string, onChange: () => void, fallbackMs = FALLBACK_MS): ConfigWatcher {
  const watchers = new Map<string, FSWatcher>(); // by directory
  let seen = contentOf(path);
  let settling: NodeJS.Timeout | undefined;

  const check = () => {
    watchDirectories();
    const content = contentOf(path);
    if (content === seen) return;
    seen = content;
    onChange();
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
    const wanted = directoriesOf(path);
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
function directoriesOf(path: string): ReadonlySet<string> {
  const directories = new Set([dirname(path)]);
  try {
    directories.add(dirname(realpathSync(path)));
  } catch {
    // Gone for the moment.
  }
  return directories;
}

/** Undefined when it cannot be read. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
