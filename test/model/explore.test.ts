import { explore } from "./explore";
import { SMALL_SCOPES } from "./scope";

/** A few seconds each, and much more on a machine that is busy with something else. */
jest.setTimeout(300_000);

test.each(Object.entries(SMALL_SCOPES))("no accident can happen with %s", (_name, scope) => {
  const found = explore(scope);
  expect(found.accident).toBeUndefined();
  // Not blind: an exploration that cannot go anywhere finds nothing either.
  expect(found.states).toBeGreaterThan(1_000);
});
