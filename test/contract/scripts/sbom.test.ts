import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const repository = path.resolve(__dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "sbom-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Component {
  "bom-ref": string;
  name: string;
  purl: string;
  licenses?: object[];
  hashes?: { alg: string }[];
}

test("the bill of materials names what is in the package, with origin and licence, and nothing of the tools", () => {
  execFileSync(process.execPath, [path.join(repository, "scripts/sbom.mjs"), "--out", folder], { stdio: "pipe" });
  const [file = ""] = readdirSync(folder);
  expect(file).toMatch(/^csp-marketplace-\d+\.\d+\.\d+\.cdx\.json$/);
  const { bomFormat, metadata, components, dependencies } = JSON.parse(
    readFileSync(path.join(folder, file), "utf8"),
  ) as {
    bomFormat: string;
    metadata: { component: { name: string } };
    components: Component[];
    dependencies: { ref: string; dependsOn: string[] }[];
  };
  expect([bomFormat, metadata.component.name]).toEqual(["CycloneDX", "csp-marketplace"]);
  const names = components.map(({ name }) => name);
  // Bundled, bundled through another, and shipped as an asset.
  expect(names).toEqual(expect.arrayContaining(["@azure/service-bus", "rhea", "jose", "zod", "swagger-ui-dist"]));
  for (const tool of ["jest", "esbuild", "typescript", "fastify", "azurite", "yazl"]) expect(names).not.toContain(tool);
  for (const { purl, licenses, hashes } of components) {
    expect(purl).toMatch(/^pkg:npm\//);
    expect(licenses).not.toHaveLength(0);
    expect(hashes?.map(({ alg }) => alg)).toContain("SHA-512");
  }
  const refs = new Set([
    ...components.map((component) => component["bom-ref"]),
    ...dependencies.slice(0, 1).map(({ ref }) => ref),
  ]);
  expect(dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !refs.has(ref))).toEqual([]);
});
