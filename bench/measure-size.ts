import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { REPOSITORY } from "./bench-system";

/** The deployment package, made anew in a temporary folder. */
export interface MadePackage {
  /** Its files as they lie in Azure. */
  readonly appDir: string;
  remove(): Promise<void>;
}

export interface PackageSize {
  /** The zip file that is uploaded. */
  packed: number;
  unpacked: number;
  /** What every cold start reads: the bundle alone, plain and gzipped. */
  bundle: number;
  bundleZipped: number;
}

/** Runs `npm run package`'s script. */
export async function makePackage(): Promise<MadePackage> {
  const folder = await mkdtemp(path.join(tmpdir(), "csp-bench-package-"));
  await promisify(execFile)(process.execPath, [path.join(REPOSITORY, "scripts/package.mjs"), "--out", folder]);
  return { appDir: path.join(folder, "app"), remove: () => rm(folder, { recursive: true }) };
}

export async function measurePackage({ appDir }: MadePackage): Promise<PackageSize> {
  const [zip = ""] = (await readdir(path.dirname(appDir))).filter((name) => name.endsWith(".zip"));
  const files = await readdir(appDir, { recursive: true, withFileTypes: true });
  // Files whose name begins with a dot are for tools that pack the folder, and not in the package.
  const deployed = files.filter((file) => file.isFile() && !file.name.startsWith("."));
  const sizes = await Promise.all(deployed.map((file) => bytesOf(path.join(file.parentPath, file.name))));
  const bundle = await readFile(path.join(appDir, "index.js"));
  return {
    packed: await bytesOf(path.join(path.dirname(appDir), zip)),
    unpacked: sizes.reduce((sum, size) => sum + size, 0),
    bundle: bundle.byteLength,
    bundleZipped: (await promisify(gzip)(bundle)).byteLength,
  };
}

async function bytesOf(file: string): Promise<number> {
  return (await stat(file)).size;
}
