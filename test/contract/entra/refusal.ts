import type { Answer } from "./client";

/** One way to be refused by the token endpoint. */
export interface Refusal {
  when: string;
  code: number;
  error: string;
  status: number;
  suberror?: string;
  ask: () => Promise<Answer>;
}

/** The whole shape of a refusal (partner-center-api.md §2.6). */
export async function expectRefusal({ ask, code, error, status, suberror }: Refusal): Promise<void> {
  const { status: found, body, headers } = await ask();
  expect(found).toBe(status);
  expect(body).toMatchObject({
    error,
    error_codes: [code],
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    correlation_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/) as string,
  });
  expect(body["error_description"]).toMatch(
    new RegExp(`^AADSTS${code}: .+ Trace ID: .+ Correlation ID: .+ Timestamp: `),
  );
  expect(body["suberror"]).toBe(suberror);
  expect(headers.get("cache-control")).toContain("no-store");
}
