import { accountId, customerTenants, mspTenant } from "../../local/presets/tenants";
import { anyText, listWith, textLike, textWith } from "./matchers";
import { addOldEntries, expectProblem, pointersOf, startWorld, winEveryRace, type World } from "./platform-fixture";
import { authorizedReseller, buySeats, connectedTenant, consent, grantScope, subscription } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { mueller, kanzlei } = customerTenants;
const MSP_LOG = "/api/v1/csp/audit-logs";
const LOG = `/api/v1/csp/tenants/${mueller.tenantId}/audit-logs`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const resellerId = await authorizedReseller(world);
  await connectedTenant(world, resellerId, "mueller");
  await connectedTenant(world, resellerId, "kanzlei");
  await consent(world, "mueller", { consent: "decline" });
  const changes = [{ subscriptionId: subscription(4), delta: 5 }];
  await buySeats(world, mueller.tenantId, changes, 15, {
    "x-correlation-id": "order-of-monday",
    "x-forwarded-for": "192.0.2.7",
  });
  // Refused: whoever asks for it saw another version.
  await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(3), quantity: 1, etag: "another" }]);
});
afterAll(() => world.close());

const read = (query = ""): Promise<Answer> => world.send("GET", `${LOG}?$top=200${query}`);
const actionsIn = (answer: Answer): unknown[] => itemsIn(answer).map(({ action }) => action);

const asCsv = (query = "", path = LOG): Promise<Answer> => world.send("GET", `${path}?format=csv${query}`);
/** The records of a CSV without its header. None of these texts has a line end in a cell. */
const recordsIn = (answer: Answer): string[] => answer.text.split("\r\n").slice(1, -1);

describe("the audit log of a subscription (C42)", () => {
  const logOf = (id: string): string => `/api/v1/csp/tenants/${mueller.tenantId}/subscriptions/${id}/audit-logs`;

  test("everything done to it is there, and nothing done to others", async () => {
    const entries = itemsIn(await world.send("GET", `${logOf(subscription(4))}?$top=200`));
    expect(entries).toEqual(itemsIn(await read(`&subscriptionId=${subscription(4)}`)));
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.every((entry) => entry["subscriptionId"] === subscription(4))).toBe(true);
    const failed = itemsIn(await world.send("GET", `${logOf(subscription(4))}?result=failure`));
    expect(failed).toEqual([]);
  });

  test("one nobody changed here has an empty log; one of a tenant out of scope is not found", async () => {
    expect(itemsIn(await world.send("GET", logOf(subscription(1))))).toEqual([]);
    const others = logOf(subscription(4)).replace(mueller.tenantId, kanzlei.tenantId);
    expect(itemsIn(await world.send("GET", others))).toEqual([]);
    expectProblem(await world.send("GET", others, { as: "tenantUser" }), 404, "notFound");
    expectProblem(await world.send("GET", logOf("no-guid")), 404, "notFound");
  });

  test("as CSV it holds the same entries", async () => {
    const csv = await asCsv("", logOf(subscription(4)));
    const entries = itemsIn(
      await world.send("GET", `${logOf(subscription(4))}?$top=200&action=subscription.quantity.update`),
    );
    expect(recordsIn(csv).filter((line) => line.includes("subscription.quantity.update"))).toHaveLength(entries.length);
  });

  test("a cursor of another subscription's log is refused (cursorInvalid)", async () => {
    const nextLink = textIn(await world.send("GET", `${logOf(subscription(4))}?$top=1`), "nextLink");
    const other = nextLink.replace(subscription(4), subscription(3));
    expectProblem(await world.send("GET", other), 400, "cursorInvalid");
  });
});

describe("the MSP's own audit log (C46)", () => {
  test("what is done to resellers and customers is there, newest first, chosen like a tenant's", async () => {
    const entries = itemsIn(await world.send("GET", `${MSP_LOG}?$top=200`));
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => entries.length - i));
    const actions = entries.map(({ action }) => action);
    expect(actions).toEqual(listWith(["reseller.create", "reseller.authorize.success", "customer.create"]));
    const [created] = itemsIn(await world.send("GET", `${MSP_LOG}?action=reseller.create`));
    expect(created).toMatchObject({ object: { type: "reseller", name: anyText }, result: "success" });
  });

  test("it is answered only to somebody who may see everything", async () => {
    expectProblem(await world.send("GET", MSP_LOG, { as: "operator" }), 403, "forbidden");
    expectProblem(await world.send("GET", MSP_LOG, { as: "tenantUser" }), 403, "forbidden");
  });

  test("a cursor made up is refused (cursorInvalid)", async () => {
    expectProblem(await world.send("GET", `${MSP_LOG}?cursor=bWFkZSB1cA.AAAA`), 400, "cursorInvalid");
  });

  test("that it was taken as CSV stands in it", async () => {
    const csv = await asCsv("", MSP_LOG);
    expect(csv.headers.get("content-disposition")).toBe('attachment; filename="audit-msp.csv"');
    const [newest] = itemsIn(await world.send("GET", `${MSP_LOG}?$top=1`));
    expect(newest).toMatchObject({ action: "audit.export", object: { type: "msp", id: "msp" } });
  });
});

describe("an audit log as CSV (C46)", () => {
  test("it is asked for by format or by Accept, and has one record for each entry", async () => {
    const entries = itemsIn(await read("&action=tenant.add"));
    const byFormat = await asCsv("&action=tenant.add");
    const accept = "text/csv, application/json;q=0.5";
    const byHeader = await world.send("GET", `${LOG}?action=tenant.add`, { headers: { accept } });
    expect(byFormat.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(byFormat.headers.get("content-disposition")).toBe(`attachment; filename="audit-${mueller.tenantId}.csv"`);
    expect(byFormat.headers.get("link")).toBeNull();
    expect(byHeader.text).toBe(byFormat.text);
    const [header, record, ...rest] = byFormat.text.split("\r\n");
    expect(header).toMatch(/^seq,at,action,result,errorCode,actorKind,/);
    expect(rest).toEqual([""]);
    const [{ seq, at, actor } = {}] = entries;
    const { id, name } = actor as { id: string; name: string };
    expect(record).toContain(
      `${String(seq)},${String(at)},tenant.add,success,,user,${id},${name},tenant,${mueller.tenantId}`,
    );
    const asJson = await world.send("GET", `${LOG}?format=json&$top=1`, { headers: { accept: "text/csv" } });
    expect(itemsIn(asJson)).toHaveLength(1);
  });

  test("that it was taken is recorded before it is given away: by whom, from where, and what of it", async () => {
    await world.send("GET", `${LOG}?format=csv&result=failure`, {
      headers: { "x-correlation-id": "the-auditor", "x-forwarded-for": "192.0.2.9" },
    });
    const [entry] = itemsIn(await read("&action=audit.export"));
    expect(entry).toMatchObject({
      ...{ actor: { kind: "user", name: textLike(/^admin@/) }, object: { type: "tenant", id: mueller.tenantId } },
      ...{ correlationId: "the-auditor", clientIp: "192.0.2.9" },
      after: { result: "failure", entries: itemsIn(await read("&result=failure")).length, isLastPart: true },
    });
  });

  test("text that a spreadsheet would run stays text", async () => {
    const name = '=HYPERLINK("https://evil.example","salary, all")';
    expect((await world.send("POST", "/api/v1/csp/customers", { body: { name } })).status).toBe(201);
    const csv = await asCsv("&action=customer.create", MSP_LOG);
    expect(csv.text).toContain(`,"'=HYPERLINK(""https://evil.example"",""salary, all"")",`);
  });

  test("a long one comes in parts of five thousand; each says where the next begins", async () => {
    await addOldEntries(world, `tenant_${kanzlei.tenantId}`, 5_100);
    const log = LOG.replace(mueller.tenantId, kanzlei.tenantId);
    const first = await asCsv("&action=old.entry", log);
    expect(recordsIn(first)).toHaveLength(5_000);
    expect(first.headers.get("content-disposition")).toContain("-continues.csv");
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    const second = await world.send("GET", next);
    expect(recordsIn(second)).toHaveLength(100);
    expect(second.headers.get("link")).toBeNull();
    const numbers = [first, second].flatMap(recordsIn).map((line) => Number(line.split(",")[0]));
    expect(numbers).toEqual(Array.from({ length: 5_100 }, (_, i) => 105_100 - i));
    const taken = recordsIn(await asCsv("&action=audit.export", log));
    expect(taken).toEqual([
      textWith('""entries"":100,""isLastPart"":true'),
      textWith('""entries"":5000,""isLastPart"":false'),
    ]);
  });

  test("while its taking cannot be recorded it is not given away (busy)", async () => {
    const stop = winEveryRace(world, `tenant_${mueller.tenantId}`, "head", 8);
    const refused = await asCsv();
    await stop();
    expectProblem(refused, 503, "busy");
  });
});

describe("whose entries an Approver reads (C46)", () => {
  test("those of requests they were named on: none, as long as there are no requests", async () => {
    const approver = `${mspTenant.tenantId}_${accountId(mspTenant, "approver")}`;
    await grantScope(world, approver, { kind: "all" });
    for (const path of [LOG, "/api/v1/csp/audit-logs"]) {
      expect((await world.send("GET", path, { as: "approver" })).body).toEqual({ value: [] });
    }
    const csv = await world.send("GET", `${LOG}?format=csv`, { as: "approver" });
    expect(recordsIn(csv)).toEqual([]);
  });
});

describe("the audit log of a tenant (C46)", () => {
  test("everything done for the tenant is there, newest first", async () => {
    const entries = itemsIn(await read());
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => entries.length - i));
    const actions = entries.map(({ action }) => String(action)).reverse();
    expect(actions.filter((action) => /^(tenant|connection)\./.test(action))).toEqual([
      ...["tenant.register", "tenant.consent.success", "tenant.add", "connection.create", "tenant.consent.fail"],
    ]);
    expect(actions).toContain("subscription.quantity.update");
  });

  test("an entry says who, what, before and after, and finds the request in every log", async () => {
    const [entry] = itemsIn(await read("&action=subscription.quantity.update&result=success"));
    expect(entry).toMatchObject({
      actor: { kind: "user", name: textLike(/^admin@/) },
      object: { type: "subscription", id: subscription(4), name: anyText },
      ...{ result: "success", before: { quantity: 5 }, after: { quantity: 10 } },
      ...{ tenantId: mueller.tenantId, subscriptionId: subscription(4), changeId: anyText },
      ...{ correlationId: "order-of-monday", clientIp: "192.0.2.7" },
    });
    expect(world.hostLines.some((line) => line.includes("order-of-monday"))).toBe(true);
  });

  test("the chain that seals the entries stays inside", async () => {
    for (const entry of itemsIn(await read())) {
      expect(Object.keys(entry)).not.toEqual(listWith(["attemptId"]));
      expect(Object.keys(entry)).not.toEqual(listWith(["previousHash"]));
    }
  });

  test("failures are there with their reason", async () => {
    const failures = itemsIn(await read("&result=failure"));
    expect(failures.map(({ action, errorCode }) => [action, errorCode])).toEqual([
      ["subscription.quantity.update", "etagMismatch"],
      ["tenant.consent.fail", "accessDenied"],
    ]);
  });

  test("it is chosen by actor, subscription and time", async () => {
    const all = itemsIn(await read());
    const [{ actor, at } = {}] = itemsIn(await read("&action=tenant.add"));
    const { id, name } = actor as { id: string; name: string };
    const byName = itemsIn(await read(`&actor=${name}`));
    expect(byName).toEqual(itemsIn(await read(`&actor=${id}`)));
    expect(byName.length).toBeGreaterThan(4);
    expect(byName.length).toBeLessThan(all.length);
    const ofOne = itemsIn(await read(`&subscriptionId=${subscription(3)}`));
    expect(ofOne).toMatchObject([{ result: "failure" }]);
    const since = all.filter((entry) => String(entry["at"]) >= String(at));
    expect(itemsIn(await read(`&from=${String(at)}`))).toEqual(since);
    expect(itemsIn(await read(`&to=${String(at)}`))).toEqual(all.slice(since.length));
  });

  test("every entry comes once, however small the pages", async () => {
    const all = actionsIn(await read());
    const paged: unknown[] = [];
    let page = await world.send("GET", `${LOG}?$top=2`);
    for (;;) {
      paged.push(...actionsIn(page));
      if (!page.text.includes("nextLink")) break;
      page = await world.send("GET", textIn(page, "nextLink"));
    }
    expect(paged).toEqual(all);
  });

  test("a cursor of another tenant's log is refused (cursorInvalid)", async () => {
    const nextLink = textIn(await world.send("GET", `${LOG}?$top=1`), "nextLink");
    expectProblem(await world.send("GET", nextLink.replace(mueller.tenantId, kanzlei.tenantId)), 400, "cursorInvalid");
  });

  test("a query that is not understood is refused", async () => {
    const refused = await read("&from=yesterday&result=perhaps");
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused).sort()).toEqual(["/query/from", "/query/result"]);
    const backwards = await read("&from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z");
    expectProblem(backwards, 400, "validation");
    expect(pointersOf(backwards)).toEqual(["/query/to"]);
  });

  test("a customer's own user reads the tenant's log, and no other; an unknown tenant has none", async () => {
    expect(itemsIn(await world.send("GET", `${LOG}?$top=200`, { as: "tenantUser" }))).toEqual(itemsIn(await read()));
    const others = `/api/v1/csp/tenants/${kanzlei.tenantId}/audit-logs`;
    expectProblem(await world.send("GET", others, { as: "tenantUser" }), 404, "notFound");
    const unknown = `/api/v1/csp/tenants/${customerTenants.pennine.tenantId}/audit-logs`;
    expectProblem(await world.send("GET", unknown), 404, "notFound");
  });
});
