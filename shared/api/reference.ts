import { z } from "zod";
import { defineRoute } from "./route";

export const REFERENCE_FILES = ["swagger-ui-bundle.js", "swagger-ui.css", "reference.js"] as const;

export const getOpenApiDocument = defineRoute({
  name: "getOpenApiDocument",
  operations: [],
  method: "GET",
  path: "/api/openapi.json",
  summary: "This document",
  tag: "Reference",
  permission: "anonymous",
  responses: {
    200: { description: "The OpenAPI 3.1 description of the API.", schema: z.looseObject({ openapi: z.string() }) },
  },
});

export const getReferencePage = defineRoute({
  name: "getReferencePage",
  operations: [],
  method: "GET",
  path: "/api/docs",
  summary: "The API reference, as a page",
  tag: "Reference",
  permission: "anonymous",
  responses: { 200: { description: "A page to read and to try.", contentType: "text/html; charset=utf-8" } },
});

export const getReferenceFile = defineRoute({
  name: "getReferenceFile",
  operations: [],
  method: "GET",
  path: "/api/docs/{file}",
  summary: "A script or style of the reference page",
  tag: "Reference",
  permission: "anonymous",
  params: z.object({ file: z.enum(REFERENCE_FILES) }),
  query: z.strictObject({
    v: z
      .string()
      .regex(/^[0-9a-f]{1,64}$/)
      .optional()
      .meta({ description: "The version the page names; with it, the file may be kept for ever." }),
  }),
  responses: { 200: { description: "The file, as JavaScript or CSS.", contentType: "text/*" } },
});
