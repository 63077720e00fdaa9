import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { REPOSITORY } from "./bench-system";

/** Size of the bundle that Azure runs, without its source map, plain and as a package carries it. */
export async function measureBundle(): Promise<{ bytes: number; zipped: number }> {
  const bundle = await readFile(path.join(REPOSITORY, "dist/functions/index.js"));
  return { bytes: bundle.byteLength, zipped: (await promisify(gzip)(bundle)).byteLength };
}
