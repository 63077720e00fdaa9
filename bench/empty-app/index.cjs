/** The smallest Functions app there is: what a cold start costs before any code of ours. */
const { app } = require("@azure/functions");

app.http("hello", { methods: ["GET"], authLevel: "anonymous", handler: () => ({ body: "hello" }) });
