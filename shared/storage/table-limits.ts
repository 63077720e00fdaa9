import { AppError } from "../errors";

/** Longest key we write; the service allows 1 KiB, 512 UTF-16 characters in its older text (azure-platform.md §2.1). */
const MAX_KEY_CHARS = 512;
/** An entity may hold 1 MiB; strings count two bytes a character, and the row's other properties need room. */
const MAX_BODY_CHARS = 480_000;

// eslint-disable-next-line no-control-regex -- control characters are what the service forbids in keys
const FORBIDDEN_IN_KEYS = /[/\\#?%+\u0000-\u001f\u007f-\u009f]/;

/** Refuses keys the real service refuses; the emulator is more lenient. Throws `rowKeyInvalid`. */
export function checkKey(key: string): string {
  if (key.length === 0 || key.length > MAX_KEY_CHARS || FORBIDDEN_IN_KEYS.test(key)) {
    throw new AppError(
      "invalid",
      "rowKeyInvalid",
      `The key "${key.slice(0, 60)}" cannot be stored: ${MAX_KEY_CHARS} characters at most, none of / \\ # ? % + or control characters.`,
    );
  }
  return key;
}

/** Refuses rows larger than the real service stores. Throws `rowTooLarge`. */
export function checkBody(body: string): string {
  if (body.length > MAX_BODY_CHARS) {
    throw new AppError(
      "invalid",
      "rowTooLarge",
      `A row of ${body.length} characters cannot be stored; ${MAX_BODY_CHARS} is the most.`,
    );
  }
  return body;
}
