import { addressOf, filledBody, operations, preconditionOf, type Ids, type Operation } from "./operations";
import { expectProblem, pointersOf, startWorld, type SendOptions, type World } from "./platform-fixture";
import { furnishedWorld } from "./steps";
import type { Answer } from "./wire";

let world: World;
let ids: Ids;
beforeAll(async () => {
  world = await startWorld();
  ids = await furnishedWorld(world);
});
afterAll(() => world.close());

const writes = operations.filter(({ method }) => method !== "GET");

const bodyOf = (operation: Operation): Record<string, unknown> => filledBody(operation, ids, world.platform.apiUrl);

function send(operation: Operation, { headers = {}, ...options }: SendOptions = {}): Promise<Answer> {
  return world.send(operation.method, addressOf(operation, ids), {
    ...(options.rawBody === undefined ? { body: bodyOf(operation) } : {}),
    ...options,
    headers: { ...preconditionOf(operation), ...headers },
  });
}

describe.each(writes)("$c $method $path", (operation) => {
  test.each([
    ["none", null],
    ["an empty one", ""],
    ["one with a space", "two words"],
    ["one of 256 characters", "k".repeat(256)],
  ])("needs an Idempotency-Key: %s is refused", async (_name, key) => {
    const refused = await send(operation, { key });
    expectProblem(refused, 400, "idempotencyKeyRequired");
    expect(pointersOf(refused)).toEqual(["/header/Idempotency-Key"]);
  });

  test("refuses a field it does not know", async () => {
    const refused = await send(operation, { body: { ...bodyOf(operation), "a/b~c": 1 } });
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused)).toEqual(["/body/a~1b~0c"]);
  });

  test("refuses a query", async () => {
    const refused = await world.send(operation.method, `${addressOf(operation, ids)}?colour=blue`, {
      ...{ body: bodyOf(operation), headers: preconditionOf(operation) },
    });
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused)).toEqual(["/query/colour"]);
  });

  test("refuses a body that is no JSON, not in UTF-8, not declared as it, or too large", async () => {
    const json = { "content-type": "application/json" };
    expectProblem(await send(operation, { rawBody: '{"a":', headers: json }), 400, "invalidJson");
    const latin1 = new Uint8Array(Buffer.from('{"name":"Müller"}', "latin1"));
    expectProblem(await send(operation, { rawBody: latin1, headers: json }), 400, "invalidJson");
    for (const type of ["text/plain", "application/json; charset=latin1", "application/x-www-form-urlencoded"]) {
      expectProblem(await send(operation, { headers: { "content-type": type } }), 415, "unsupportedMediaType");
    }
    const large = JSON.stringify({ name: "x".repeat(256 * 1024) });
    expectProblem(await send(operation, { rawBody: large, headers: json }), 413, "bodyTooLarge");
  });
});

describe("preconditions (design §6)", () => {
  test.each(writes.filter(({ precondition }) => precondition === "if-match"))(
    "$c $method $path needs the ETag of what was read",
    async (operation) => {
      const withIfMatch = (value: string): Promise<Answer> => send(operation, { headers: { "if-match": value } });
      expectProblem(await withIfMatch("*"), 428, "ifMatchRequired");
      expectProblem(await withIfMatch('"of another version"'), 400, "validation");
      expectProblem(await withIfMatch('"another-version"'), 412, "etagMismatch");
      const bare = await world.send(operation.method, addressOf(operation, ids), { body: bodyOf(operation) });
      expectProblem(bare, 428, "ifMatchRequired");
      const unquoted = await withIfMatch("unquoted");
      expectProblem(unquoted, 400, "validation");
      expect(pointersOf(unquoted)).toEqual(["/header/If-Match"]);
    },
  );

  test.each(writes.filter(({ precondition }) => precondition === "if-none-match"))(
    "$c $method $path needs the word that it does not exist yet",
    async (operation) => {
      const address = addressOf(operation, ids);
      const bare = await world.send(operation.method, address, { body: bodyOf(operation) });
      expectProblem(bare, 428, "ifMatchRequired");
      const etag = { "if-none-match": '"some-version"' };
      const refused = await world.send(operation.method, address, { body: bodyOf(operation), headers: etag });
      expectProblem(refused, 400, "validation");
      expect(pointersOf(refused)).toEqual(["/header/If-None-Match"]);
    },
  );
});
