import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** This checkout, and two that could come after it: see `build-release.mjs`. */
export type Release = "this" | "additive" | "exclusive";

export interface Releases {
  /** What the host runs: whichever release was installed there last. It takes effect with the next start. */
  readonly installed: string;
  install(release: Release): void;
  folderOf(release: Release): string;
  remove(): void;
}

/** Builds the releases, each in a folder of its own; this one is installed. */
export function buildReleases(releases: readonly Release[]): Releases {
  const root = mkdtempSync(path.join(tmpdir(), "releases-"));
  const folderOf = (release: Release): string => path.join(root, release);
  for (const release of releases) {
    execFileSync(process.execPath, [path.join(__dirname, "build-release.mjs"), folderOf(release), release]);
  }
  const installed = path.join(root, "installed");
  symlinkSync(folderOf("this"), installed);
  return {
    ...{ installed, folderOf },
    install: (release) => {
      unlinkSync(installed);
      symlinkSync(folderOf(release), installed);
    },
    remove: () => rmSync(root, { recursive: true }),
  };
}
