// Notices that one of some files may have changed: after an edit, an atomic rename, or the swap of a symbolic link by which Kubernetes
// updates a ConfigMap. Whether it did is for who is told to find out.
import { type FSWatcher, watch } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

export interface FileWatcher {
  close(): void;
}

interface WatchedDirectory {
  readonly inode: string;
  readonly watcher: FSWatcher;
  names: ReadonlySet<string>; // of the files in it that count
}

const SETTLE_MS = 100; // an editor's burst of events counts as one change

/**
 * Calls `onTouched` a moment after something happened to one of the files, and every `lookMs` without any event: they do not come from
 * every file system, nor for a link in the middle of a path. `files` gives the paths there are now, and is asked again each time.
 */
export function watchFiles(files: () => readonly string[], onTouched: () => void, lookMs: number): FileWatcher {
  const directories = new Map<string, WatchedDirectory>();
  let settling: NodeJS.Timeout | undefined;
  let closed = false;

  const touched = () => {
    settling ??= setTimeout(() => {
      settling = undefined;
      onTouched();
      void follow();
    }, SETTLE_MS);
  };
  const forget = (directory: string) => {
    directories.get(directory)?.watcher.close();
    directories.delete(directory);
  };
  const begin = (directory: string, inode: string, names: ReadonlySet<string>) => {
    try {
      const watcher = watch(directory, { persistent: false }, (_, name) => {
        if (name === null || name.startsWith("..") || directories.get(directory)?.names.has(name) === true) touched();
      });
      watcher.on("error", () => forget(directory));
      directories.set(directory, { inode, watcher, names });
    } catch {
      // No such directory now, or no watches left: looking without events goes on.
    }
  };
  // Directories, not the files: a rename or a swapped link leaves a watch on the old file behind.
  const follow = async () => {
    const wanted = await directoriesOf(files());
    if (closed) return;
    for (const directory of directories.keys()) if (!wanted.has(directory)) forget(directory);
    for (const [directory, { inode, names }] of wanted) {
      const now = directories.get(directory);
      if (now?.inode === inode) now.names = names;
      else {
        forget(directory);
        begin(directory, inode, names);
        touched(); // something may have happened before
      }
    }
  };

  void follow();
  const looking = setInterval(touched, lookMs).unref();
  return {
    close() {
      closed = true;
      clearInterval(looking);
      clearTimeout(settling);
      for (const directory of [...directories.keys()]) forget(directory);
    },
  };
}

/** The directories of the paths, and those of the files they lead to, with the names that count there. */
async function directoriesOf(
  files: readonly string[],
): Promise<ReadonlyMap<string, { readonly inode: string; readonly names: Set<string> }>> {
  const wanted = new Map<string, { readonly inode: string; readonly names: Set<string> }>();
  for (const file of files) {
    const leadsTo = await realpath(file).catch(() => file); // gone for the moment
    for (const path of [file, leadsTo]) {
      const directory = dirname(path);
      const known = wanted.get(directory);
      if (known === undefined) wanted.set(directory, { inode: await inodeOf(directory), names: new Set([basename(path)]) });
      else known.names.add(basename(path));
    }
  }
  return wanted;
}

/** Another where the directory is another, or not there. */
async function inodeOf(directory: string): Promise<string> {
  return stat(directory, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => "absent",
  );
}
