import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "0.49.2";
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** The program to run, or undefined; why it cannot be fetched is said. */
export function findCompiler() {
  const named = process.env.BICEP_PATH;
  if (named) return named;
  if (runs("bicep")) return "bicep";
  return restoreCompiler();
}

function runs(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

/** The compiler is one file inside the package; it needs no .NET to run, only to be fetched. */
function restoreCompiler() {
  const system = { linux: "linux", darwin: "osx", win32: "win" }[process.platform];
  const name = `Azure.Bicep.CommandLine.${system}-${process.arch}`;
  const folder = path.join(root, "node_modules/.cache/bicep");
  const program = path.join(
    folder,
    name.toLowerCase(),
    VERSION,
    "tools",
    process.platform === "win32" ? "bicep.exe" : "bicep",
  );
  if (existsSync(program)) return program;
  if (!runs("dotnet")) return undefined;
  mkdirSync(folder, { recursive: true });
  const project = path.join(folder, "bicep.csproj");
  writeFileSync(
    project,
    `<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>` +
      `<ItemGroup><PackageReference Include="${name}" Version="${VERSION}" /></ItemGroup></Project>\n`,
  );
  const restored = spawnSync("dotnet", ["restore", project, "--packages", folder], { encoding: "utf8" });
  if (restored.status !== 0) {
    console.error(
      `dotnet cannot fetch ${name} ${VERSION}: ${(restored.stdout || restored.stderr).trim().split("\n").at(-1)}`,
    );
    return undefined;
  }
  chmodSync(program, 0o755);
  return program;
}
