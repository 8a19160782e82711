// A process that finds files where its container would have them mounted (/certs, /etc/hosts), as programs with fixed paths need: in a
// mount namespace of its own, so that this machine's folders stay as they are.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Child, type ChildOptions, startChild } from "../../../src/setup/stack/child.ts";

/** Content by absolute path. */
export type MountedFiles = Readonly<Record<string, string | Buffer>>;

// A root made of this machine's folders and, over them, the files. Only files that are there already, and new folders at the top, can be
// mounted: anything else would be written to the machine. Output goes through a pipe, since what Node gives a child cannot be opened again
// as /dev/stdout.
const MAKE_ROOT = `
set -e
root=$1 files=$2
shift 2
mount -t tmpfs none "$root"
for entry in /*; do
  if [ -L "$entry" ]; then cp -P "$entry" "$root/"
  elif [ -d "$entry" ]; then mkdir "$root$entry"; mount --rbind "$entry" "$root$entry"
  fi
done
cd "$files"
for entry in *; do
  [ -e "/$entry" ] || cp -R "$entry" "$root/"
done
find . -type f | while read -r file; do
  cmp -s "$file" "$root/$file" || mount --bind "$file" "$root/$file"
done
exec chroot "$root" "$@" > >(cat) 2>&1
`;

/** Starts it; when it has exited, its files are gone. */
export function startWithFiles(files: MountedFiles, command: string, args: readonly string[], options: ChildOptions = {}): Child {
  const folder = mkdtempSync(join(tmpdir(), "sluice-container-"));
  const [root, mounted] = [join(folder, "root"), join(folder, "files")];
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(mounted, path)), { recursive: true });
    writeFileSync(join(mounted, path), content);
  }
  const child = startChild("unshare", ["--mount", "bash", "-c", MAKE_ROOT, "bash", root, mounted, command, ...args], options);
  void child.exited.then(() => rmSync(folder, { recursive: true, force: true }));
  return child;
}
