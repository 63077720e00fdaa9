import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { CoreApi } from "./core-api";
import { findEntryFiles } from "./entry-files";

const PackageJson = z.looseObject({ main: z.string().min(1), type: z.string().optional() });

/**
 * Loads an app as the Node.js worker does: every file that `main` of its package.json names, in order, CommonJS or ES
 * module. Whatever an entry point throws while loading is thrown on, with the name of the file.
 */
export async function loadApp(appDir: string, coreApi: CoreApi): Promise<void> {
  provideCoreApi(coreApi);
  const manifest = readPackageJson(appDir);
  const requireFromApp = createRequire(path.join(appDir, "package.json"));
  for (const file of findEntryFiles(appDir, manifest.main)) {
    const full = path.join(appDir, file);
    const isEsModule = full.endsWith(".mjs") || (manifest.type === "module" && !full.endsWith(".cjs"));
    try {
      if (isEsModule) await import(pathToFileURL(full).href);
      else requireFromApp(full);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`The entry point "${file}" failed while loading: ${reason}`, { cause });
    }
  }
}

function readPackageJson(appDir: string): z.infer<typeof PackageJson> {
  const file = path.join(appDir, "package.json");
  try {
    return PackageJson.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new Error(`${file} must exist and name the entry point of the app in "main".`, { cause });
  }
}

/**
 * The library asks for a module that exists only inside a worker. Like the real worker, answer that one name and pass
 * on every other. Without an answer the library would fall into its test mode and register nothing.
 */
function provideCoreApi(coreApi: CoreApi): void {
  const original = Object.getOwnPropertyDescriptor(Module.prototype, "require");
  const pass: unknown = original?.value;
  if (typeof pass !== "function") throw new Error("This version of Node.js does not let the host provide modules.");
  Object.defineProperty(Module.prototype, "require", {
    ...original,
    value(this: NodeJS.Module, id: string): unknown {
      return id === "@azure/functions-core" ? coreApi : Reflect.apply(pass, this, [id]);
    },
  });
}
