/** Jest's asymmetric matchers without their type `any`, which would let anything be compared with anything. */
export const anyText: unknown = expect.any(String);
export const anyNumber: unknown = expect.any(Number);

export const textLike = (pattern: RegExp): unknown => expect.stringMatching(pattern);
export const textWith = (part: string): unknown => expect.stringContaining(part);
export const textWithout = (part: string): unknown => expect.not.stringContaining(part);
export const listWith = (items: readonly unknown[]): unknown => expect.arrayContaining([...items]);
export const fieldsWith = (fields: Record<string, unknown>): unknown => expect.objectContaining(fields);
