import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { getOpenApiDocument, getReferenceFile, getReferencePage, REFERENCE_FILES } from "../api/reference";
import { AppError } from "../errors";
import { endpoint, type Endpoint } from "./endpoint";

type FileName = (typeof REFERENCE_FILES)[number];
interface Asset {
  content: string | Uint8Array;
  version: string;
}

export interface DocsOptions {
  /** Holds `swagger-ui-bundle.js` and `swagger-ui.css`; the build puts them beside the bundle. */
  assetsFolder: string;
  /** The document, made when it is first asked for. */
  openApi: () => { readonly openapi: string };
  title: string;
}

const FILE_TYPES = { ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" } as const;

/** Swagger UI draws its icons from data: addresses. No inline script or style, and nobody else's origin. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What an inline script would say; a file of its own, so that the policy need not allow inline scripts. */
const START_SCRIPT = `SwaggerUIBundle({
  url: "${getOpenApiDocument.path}",
  dom_id: "#reference",
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** The API reference: the OpenAPI document, the page that shows it, and the page's files, all from our own origin. */
export function docsEndpoints({ assetsFolder, openApi, title }: DocsOptions): Endpoint[] {
  const loaded = new Map<FileName, Promise<Asset>>();
  const assetOf = (file: FileName): Promise<Asset> => {
    const known = loaded.get(file);
    if (known !== undefined) return known;
    const asset = loadAsset(assetsFolder, file);
    loaded.set(file, asset);
    asset.catch(() => loaded.delete(file));
    return asset;
  };
  let document: { readonly openapi: string } | undefined;
  return [
    endpoint(getOpenApiDocument, () => {
      document ??= openApi();
      return Promise.resolve({ status: 200, body: { ...document }, headers: { "Cache-Control": "no-cache" } });
    }),
    endpoint(getReferencePage, async () => {
      const versions = await Promise.all(REFERENCE_FILES.map(async (file) => (await assetOf(file)).version));
      const links = REFERENCE_FILES.map((file, i) => `${getReferencePage.path}/${file}?v=${versions[i] ?? ""}`);
      const headers = { "Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache" };
      return { status: 200, body: pageOf(title, links), headers };
    }),
    endpoint(getReferenceFile, async ({ params: { file }, query }) => {
      const { content, version } = await assetOf(file);
      // Only the address that names this very version may be kept: its content never changes.
      const cache = query.v === version ? "public, max-age=31536000, immutable" : "no-cache";
      return {
        status: 200,
        body: content,
        headers: { "Content-Type": FILE_TYPES[file.endsWith(".css") ? ".css" : ".js"], "Cache-Control": cache },
      };
    }),
  ];
}

/** `file` is one of three names, so no path of a caller's making ever reaches the disk. */
async function loadAsset(folder: string, file: FileName): Promise<Asset> {
  const content = file === "reference.js" ? START_SCRIPT : await readAsset(path.join(folder, file));
  return { content, version: createHash("sha256").update(content).digest("hex").slice(0, 16) };
}

async function readAsset(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new AppError("not-found", "notFound", "The reference page was not built into this installation.", {
      cause: error,
    });
  }
}

function pageOf(title: string, links: readonly string[]): string {
  const scripts = links.filter((link) => link.includes(".js?")).map((link) => `<script src="${link}" defer></script>`);
  const styles = links.filter((link) => link.includes(".css?")).map((link) => `<link rel="stylesheet" href="${link}">`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${[...styles, ...scripts].join("\n")}
</head>
<body><main id="reference"></main></body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
