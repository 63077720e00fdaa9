import { operationOf } from "./openapi-operation";
import { createSchemaBook } from "./openapi-schemas";
import type { Route } from "./route";

export interface OpenApiOptions {
  title: string;
  version: string;
  /** Version of the rows and messages this release writes; told as `x-data-version`. */
  dataVersion: number;
  description: string;
  /** The public address of the API, without a slash at the end. */
  serverUrl: string;
  /** Sign-in of people, for tools that can get a token themselves. */
  signIn: {
    authorizationUrl: string;
    tokenUrl: string;
    /** The delegated permission to ask for, such as `api://…/access_as_user`. */
    scope: string;
  };
  /** What the groups of operations are about, in the order to show them; groups not named here follow by name. */
  tags?: readonly { name: string; description: string }[];
}

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: Readonly<Record<string, unknown>>;
  servers: readonly { url: string }[];
  tags: readonly { name: string; description?: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  components: Readonly<Record<string, unknown>>;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/**
 * The OpenAPI 3.1 document of these routes. The same routes give the same text, in whatever order they come. A
 * declaration that cannot be written down (a nested object that takes unknown fields, one name for two schemas) throws
 * a `TypeError`.
 */
export function createOpenApiDocument(routes: readonly Route[], options: OpenApiOptions): OpenApiDocument {
  const book = createSchemaBook();
  const security = [{ entra: [options.signIn.scope] }, { bearer: [] }];
  const paths: Record<string, Record<string, unknown>> = {};
  for (const path of [...new Set(routes.map((route) => route.path))].sort()) {
    const item: Record<string, unknown> = {};
    for (const method of METHODS) {
      const route = routes.find((candidate) => candidate.path === path && candidate.method === method);
      if (route === undefined) continue;
      item[method.toLowerCase()] = namingRoute(route, () => operationOf(route, book, security));
    }
    paths[path] = item;
  }
  return {
    openapi: "3.1.0",
    info: {
      title: options.title,
      version: options.version,
      "x-data-version": options.dataVersion,
      description: options.description,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: options.serverUrl }],
    tags: tagsOf(routes, options.tags ?? []),
    paths,
    components: { schemas: book.components(), securitySchemes: securitySchemesOf(options) },
  };
}

function namingRoute<T>(route: Route, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new TypeError(`Route ${route.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function tagsOf(routes: readonly Route[], described: NonNullable<OpenApiOptions["tags"]>): OpenApiDocument["tags"] {
  const used = new Set(routes.map((route) => route.tag));
  const known = described.filter(({ name }) => used.has(name));
  const rest = [...used].filter((name) => !known.some((tag) => tag.name === name)).sort();
  return [...known, ...rest.map((name) => ({ name }))];
}

function securitySchemesOf({ signIn }: OpenApiOptions): Record<string, unknown> {
  return {
    bearer: {
      type: "http",
      scheme: "bearer",
      bearerFormat: "JWT",
      description: "An access token of Microsoft Entra for this API.",
    },
    entra: {
      type: "oauth2",
      flows: {
        authorizationCode: {
          authorizationUrl: signIn.authorizationUrl,
          tokenUrl: signIn.tokenUrl,
          scopes: { [signIn.scope]: "Use the API as the signed-in person." },
        },
      },
    },
  };
}
