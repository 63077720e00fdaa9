import { z } from "zod";
import { badParameter } from "./vault-error";

/** The documented limit of a value is 25 KB. */
const MAX_VALUE_BYTES = 25 * 1024;

const attributes = z.object({
  enabled: z.boolean().nullish(),
  nbf: z.int().nullish(),
  exp: z.int().nullish(),
});

const tags = z
  .record(z.string().max(512), z.string().max(512))
  .refine((entries) => Object.keys(entries).length <= 15, "A secret has at most 15 tags.");

/** `PATCH /secrets/{name}/{version}`; a property that is absent stays as it is. */
export const SecretUpdate = z.object({
  contentType: z.string().max(255).nullish(),
  attributes: attributes.nullish(),
  tags: tags.nullish(),
});
export type SecretUpdate = z.infer<typeof SecretUpdate>;

/** `PUT /secrets/{name}` */
export const NewSecret = SecretUpdate.extend({
  value: z
    .string({ error: "The request body must specify a value." })
    .refine((value) => Buffer.byteLength(value) <= MAX_VALUE_BYTES, {
      error: `The secret value is larger than the maximum allowed size of ${MAX_VALUE_BYTES} bytes.`,
    }),
});
export type NewSecret = z.infer<typeof NewSecret>;

/** Parses a body, or refuses it as the service does. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (!parsed.success) throw badParameter(z.prettifyError(parsed.error));
  return parsed.data;
}

/** Names are 1 to 127 letters, digits and dashes. */
export function parseName(name: string): string {
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name)) throw badParameter(`The request URI contains an invalid name: ${name}`);
  return name;
}
