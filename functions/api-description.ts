/** What the API reference begins with: for somebody who knows Partner Center, and not us. */
export const API_DESCRIPTION = `Buy, change and give back Microsoft 365 licences of many customers through Partner Center, each change exactly once.

**Writes** take an \`Idempotency-Key\`: repeat a request whose answer was lost with the same key, and it is done once. A write that costs money answers
202 with \`Operation-Location\`; ask there until \`isFinal\`, or send \`Prefer: wait=20\`. What exists already is changed with \`If-Match\` and the \`ETag\` you read.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`, a \`correlationId\` to quote, and \`errors[]\` with a pointer to each field at fault.

**Limits** are per caller: 429 with \`Retry-After\` says when to go on, and a request that was refused so has done nothing.

**Lists** answer \`{value, nextLink}\`; follow \`nextLink\` until it is absent. What is out of your scope reads as not found.
\`notShown\` counts items left out of an answer because only a newer release can read them: during a deployment, or after a roll-back.

### If you know Partner Center

| Here | At Microsoft |
| --- | --- |
| reseller | one partner account of the MSP: its directory, an application there, and the sign-in of an Admin agent (Secure Application Model) |
| CSP customer | the customer record of that partner account, as \`GET /v1/customers\` lists it |
| tenant | the customer's directory (Microsoft 365 tenant), registered here under one of the MSP's customers |
| connection | which reseller buys for a tenant, and which CSP customer the tenant is there; the two must be the same directory |
| subscription, seats | a commerce subscription and its \`quantity\`; read live, its \`etag\` here is ours and covers what can be edited |
| change | one edit of one subscription: asked for here, sent as one PATCH by a worker, proven by its answer or by Microsoft's audit record |
| attempt | one PATCH: its \`MS-RequestId\` and \`MS-CorrelationId\` are stored before it is sent, and shown with the change |

Nothing is written at Partner Center while a request of yours is open. A change that Microsoft answers with a business error ends as
\`PurchaseFailed\`, with Microsoft's code beside ours. A throttle, a lost sign-in or the write switch only makes it wait.

### The life of a change

| State | Means | What you can do |
| --- | --- | --- |
| \`PendingPurchase\` | nothing is outstanding at Microsoft; \`parkedReason\` says what it waits for | cancel it |
| \`Purchasing\` | a write may be under way, or its answer was lost and is being proven | wait |
| \`NeedsReview\` | what happened cannot be proven; nothing else is sent for this subscription | resolve it, or have the evidence read again |
| \`Completed\` | the seats are as asked for; \`outcome.finding\` tells what else was found | |
| \`PurchaseFailed\` | nothing was bought; \`outcome.code\` says why | retry it |
| \`Cancelled\` | somebody gave it up before it was sent | |

### A first request

Get a token for the scope below, list the tenants, take one that is \`Connected\`, list its subscriptions, and ask for one more seat:

    POST /api/v1/csp/tenants/{tenantId}/subscriptions/apply-changes
    Idempotency-Key: 5f0c9c1e-order-4711
    Prefer: wait=20

    {"changes": [{"subscriptionId": "…", "delta": 1}], "reason": "Order 4711"}`;
