import { resolveLink } from "../../../shared/partner-center/links";

const base = "https://api.partnercenter.microsoft.com";

test.each([
  ["/v1/customers/1?size=2", "/v1/customers/1?size=2"],
  ["/customers/1?size=2", "/v1/customers/1?size=2"],
  ["customers", "/v1/customers"],
  ["/v1//v1/customers?filter=%7B%7D", "/v1/customers?filter=%7B%7D"],
  ["//v1/customers", "/v1/customers"],
  ["/auditactivity/v1/auditrecords", "/auditactivity/v1/auditrecords"],
  [`${base}/customers`, "/v1/customers"],
  ["//attacker.example/customers", "/v1/attacker.example/customers"],
])("%s leads to %s of the same host", (link, expected) => {
  expect(resolveLink(base, link).href).toBe(base + expected);
});

test("a base address with a path of its own is kept", () => {
  expect(resolveLink("http://127.0.0.1:7074/pc/", "/customers").href).toBe("http://127.0.0.1:7074/pc/v1/customers");
});

test.each([
  "https://attacker.example/v1/customers",
  "https://api.partnercenter.microsoft.com.attacker.example/v1",
  "https://user:password@api.partnercenter.microsoft.com/v1/customers",
  "http://api.partnercenter.microsoft.com/v1/customers",
  "/v1/../admin",
  "/v1/%2e%2e/admin",
])("%s is not followed", (link) => {
  expect(() => resolveLink(base, link)).toThrow(expect.objectContaining({ code: "upstreamError" }) as Error);
});
