/**
 * The folder rule (docs/adr/0002-folder-rule.md): what each part may import. Rules about licences and money stay pure
 * because nothing that talks to the world can be imported where they live.
 */
const SAME_FOLDER = "\\./[^/]+";

/** A block of eslint configuration: in `files` only imports that match one of `allowed` (whole specifier) are fine. */
function onlyImports(files, allowed, message, ignores = []) {
  const pattern = { regex: `^(?!(?:${allowed.join("|")})$)`, message };
  return { files, ignores, rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: [pattern] }] } };
}

/** Here imports that match `regex` are forbidden. */
function neverImports(files, regex, message, ignores = []) {
  return {
    files,
    ignores,
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: [{ regex, message }] }] },
  };
}

/** An adapter knows the domain, its own SDK, and no other adapter. */
function adapter(folder, ...sdk) {
  const own = [SAME_FOLDER, "\\.\\./domain/.+", "\\.\\./(?:errors|logger|retry)", "zod", "node:.+", ...sdk];
  return onlyImports(
    [`shared/${folder}/*.ts`],
    own,
    "An adapter imports the domain, its own SDK, errors, logger and retry: nothing else.",
  );
}

export const folderRule = [
  onlyImports(
    ["shared/domain/*/*.ts"],
    [SAME_FOLDER, "\\.\\./[a-z-]+/[^/]+", "\\.\\./\\.\\./errors", "zod", "node:crypto"],
    "The domain imports other domain code, shared/errors and zod: no SDK, no settings, no network.",
  ),
  adapter("storage", "@azure/data-tables", "@azure/storage-blob"),
  adapter("messaging", "@azure/service-bus"),
  adapter("secrets", "@azure/keyvault-secrets", "@azure/core-rest-pipeline"),
  adapter("partner-center", "@azure/core-rest-pipeline", "@azure/core-auth"),
  adapter("entra", "@azure/core-rest-pipeline", "jose"),
  adapter("graph", "@azure/core-rest-pipeline"),
  adapter("telemetry", "@azure/monitor-opentelemetry-exporter", "@opentelemetry/(?:api|sdk-metrics|sdk-trace-base)"),
  onlyImports(
    ["shared/api/*.ts"],
    [SAME_FOLDER, "\\.\\./domain/.+", "\\.\\./errors", "zod"],
    "Route declarations are read by clients too: they import domain types, errors and zod only.",
  ),
  onlyImports(
    ["shared/http/*.ts"],
    [SAME_FOLDER, "\\.\\./(?:domain|api)/.+", "\\.\\./errors", "zod", "jose", "@azure/functions", "node:.+"],
    "The HTTP edge imports the domain, the route declarations and the Functions types: never an adapter.",
  ),
  onlyImports(
    ["functions/{http,queues,timers}/*.ts"],
    [
      SAME_FOLDER,
      "\\.\\./\\.\\./shared/(?:domain|api|http)/.+",
      "\\.\\./\\.\\./shared/errors",
      "zod",
      "@azure/functions",
    ],
    "Handlers are handed what they need: they import no adapter and no settings.",
  ),
  neverImports(
    ["functions/*.ts"],
    "partner-center/subscription-writer$",
    "Paid writes go through the change ledger alone; only the composition root wires the writer to its worker.",
    ["functions/create-worker.ts"],
  ),
  neverImports(
    ["local/**/*.ts"],
    "^(?:\\.\\./)+(?:functions|shared)/",
    "Stand-ins imitate Microsoft and know nothing of the server.",
    ["local/demo/**"],
  ),
  neverImports(
    ["local/demo/**/*.ts"],
    "^(?:\\.\\./)+(?:functions|shared/(?!api/))",
    "Demo data is made by a client of the API: it may know its route declarations.",
  ),
];
