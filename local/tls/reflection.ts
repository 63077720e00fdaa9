/**
 * `@peculiar/x509` builds on `tsyringe`, which refuses to load unless the global `Reflect` has the metadata functions of
 * an old decorator proposal. It only ever asks for metadata, and no class here has any: two functions that answer
 * "none" are enough, and the package that would bring the whole proposal is not needed.
 */
export function provideReflection(): void {
  const none = (): undefined => undefined;
  for (const name of ["getMetadata", "getOwnMetadata"]) {
    if (!Reflect.has(Reflect, name)) {
      Reflect.defineProperty(Reflect, name, { value: none, configurable: true, writable: true });
    }
  }
}
