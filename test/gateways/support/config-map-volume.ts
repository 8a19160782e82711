// A ConfigMap as a kubelet mounts it: each file is a link into `..data`, itself a link to a folder of that version, swapped by a rename.
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type ConfigMapData = Readonly<Record<string, string>>;

export interface ConfigMapVolume {
  readonly folder: string;
  update(data: ConfigMapData): void;
  remove(): void;
}

export function mountConfigMap(data: ConfigMapData): ConfigMapVolume {
  const folder = mkdtempSync(join(tmpdir(), "sluice-config-map-"));
  let version = 0;
  const update = (next: ConfigMapData) => {
    const before = version === 0 ? undefined : readlinkSync(join(folder, "..data"));
    const name = `..${++version}`;
    mkdirSync(join(folder, name));
    for (const [file, content] of Object.entries(next)) writeFileSync(join(folder, name, file), content);
    symlinkSync(name, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    const there = new Set(readdirSync(folder).filter((file) => !file.startsWith("..")));
    for (const file of Object.keys(next)) if (!there.delete(file)) symlinkSync(join("..data", file), join(folder, file));
    for (const gone of there) rmSync(join(folder, gone));
    if (before !== undefined) rmSync(join(folder, before), { recursive: true });
  };
  update(data);
  return { folder, update, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
