import {
  adminAgentsFinding,
  appOnlyFinding,
  mfaFinding,
  notTried,
  priceListFinding,
  secretFinding,
  tokenFinding,
} from "../../../../shared/domain/resellers/findings";
import { suggestDomains } from "../../../../shared/domain/resellers/own-domains";
import { registrationSteps } from "../../../../shared/domain/resellers/registration-steps";
import { secretOwner } from "../../../../shared/domain/resellers/reseller-secrets";
import { dueWarning } from "../../../../shared/domain/resellers/secret-expiry";

const DAY_MS = 86_400_000;
const NOW = new Date("2026-11-22T12:00:00.000Z");
const inDays = (days: number): string => new Date(NOW.getTime() + days * DAY_MS).toISOString();

describe("warnings before a secret ends (product.md §3.3)", () => {
  test.each([
    [31, undefined],
    [30, 30],
    [8, 30],
    [7, 7],
    [1.5, 7],
    [1, 1],
    [0.1, 1],
    [0, 0],
    [-40, 0],
  ])("%d days before: the warning of %p days", (left, due) => {
    expect(dueWarning(inDays(left), undefined, NOW)).toBe(due);
  });

  test("each is given once, and a later one still comes", () => {
    expect(dueWarning(inDays(29), 30, NOW)).toBeUndefined();
    expect(dueWarning(inDays(6), 30, NOW)).toBe(7);
    expect(dueWarning(inDays(6), 7, NOW)).toBeUndefined();
    expect(dueWarning(inDays(-1), 1, NOW)).toBe(0);
    expect(dueWarning(inDays(-2), 0, NOW)).toBeUndefined();
  });
});

describe("what a check says", () => {
  test("a secret: how long it will be, and that nobody knows", () => {
    expect(secretFinding(inDays(30.5), NOW)).toMatchObject({
      result: "pass",
      detail: expect.stringContaining("30 days") as unknown,
    });
    expect(secretFinding(inDays(29.5), NOW)).toMatchObject({ result: "warn", remedy: expect.any(String) as unknown });
    expect(secretFinding(inDays(-1), NOW).result).toBe("warn");
    expect(secretFinding(undefined, NOW).result).toBe("warn");
  });

  test("a token that only this check kept alive is a warning", () => {
    expect(tokenFinding(inDays(-6.9), inDays(-60), NOW).result).toBe("pass");
    expect(tokenFinding(inDays(-7), inDays(-60), NOW)).toMatchObject({
      result: "warn",
      remedy: expect.any(String) as unknown,
    });
  });

  test("MFA: what Partner Center says of the token, or that it said nothing", () => {
    expect(mfaFinding({ status: 200, mfaCompliant: true }).result).toBe("pass");
    expect(mfaFinding({ status: 200, mfaCompliant: false }).result).toBe("fail");
    expect(mfaFinding({ status: 401, code: "900421" }).result).toBe("fail");
    expect(mfaFinding({ status: 200 }).result).toBe("warn");
  });

  test("a refusal of the person fails; one of the application alone, or of prices, is a warning", () => {
    const refused = { status: 403, code: "900150" };
    expect(adminAgentsFinding(refused)).toMatchObject({
      result: "fail",
      detail: expect.stringContaining("900150") as unknown,
    });
    expect(adminAgentsFinding({ status: 401, code: "400" }).result).toBe("fail");
    expect([appOnlyFinding(refused).result, priceListFinding(refused, "DE").result]).toEqual(["warn", "warn"]);
    const fine = { status: 200 };
    expect(
      [adminAgentsFinding(fine), appOnlyFinding(fine), priceListFinding(fine, "DE")].map(({ result }) => result),
    ).toEqual(["pass", "pass", "pass"]);
  });

  test("nothing passes that was not tried, and everything but a pass has a remedy", () => {
    const all = [notTried("mfa", "nobody is signed in"), secretFinding(undefined, NOW), mfaFinding({ status: 500 })];
    expect(all.filter(({ result }) => result === "pass")).toEqual([]);
    expect(all.filter(({ remedy }) => remedy === undefined)).toEqual([]);
  });
});

test("the default domain is suggested first, the others by name", async () => {
  const domain = (name: string, isDefault = false) => ({ domain: name, isDefault, isInitial: false });
  const own = { list: () => Promise.resolve([domain("b.example"), domain("z.example", true), domain("a.example")]) };
  const suggested = await suggestDomains(own, undefined);
  expect(suggested.map((one) => one.domain)).toEqual(["z.example", "a.example", "b.example"]);
  expect(await suggestDomains(own, " B.EX")).toEqual([domain("b.example")]);
});

test("the steps of the registration name the redirect URI as it has to be entered", () => {
  const steps = registrationSteps("https://csp.example/app/MicrosoftCspAuthenticationCallback");
  expect(steps.filter(({ detail }) => detail.includes("https://csp.example/app/Microsoft"))).toHaveLength(1);
  expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
});

test("the row of a secret tells whose it is; others tell nothing", () => {
  const id = "7ybqxpym18gw9d3atgs6tbch4z";
  expect(secretOwner(`secret_reseller-${id}-app-0a`)).toBe(id);
  expect(secretOwner(`secret_reseller-${id}-0123456789abcdef`)).toBe(id);
  expect(secretOwner(`reseller_${id}`)).toBeUndefined();
});
