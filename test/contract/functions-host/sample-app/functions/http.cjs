const { app } = require("@azure/functions");
const { observe } = require("../observe.cjs");

const anonymous = (route, handler, methods = ["GET"]) => ({ methods, authLevel: "anonymous", route, handler });

app.http("echo", {
  ...anonymous("echo/{name?}", async (request, context) => {
    context.log("hello secret=abc", { a: 1 });
    return {
      status: 201,
      headers: { "x-answer": "yes" },
      cookies: [
        { name: "session", value: "a b", path: "/", httpOnly: true, sameSite: "Strict", maxAge: 60 },
        { name: "other", value: "2", secure: true, sameSite: "None", expires: new Date("2030-01-01T00:00:00Z") },
      ],
      jsonBody: {
        url: request.url,
        name: request.params.name,
        query: request.query.get("q"),
        header: request.headers.get("x-question"),
        body: request.method === "POST" ? await request.json() : null,
        invocationId: context.invocationId,
        traceContext: context.traceContext,
        metadata: context.triggerMetadata,
      },
    };
  }),
  methods: ["GET", "POST"],
});
app.http(
  "special",
  anonymous("items/special", () => ({ body: "literal" })),
);
app.http(
  "byNumber",
  anonymous("items/{id:int}", (request) => ({ body: `number ${request.params.id}` })),
);
app.http(
  "byName",
  anonymous("items/{slug}", (request) => ({ body: `name ${request.params.slug}` })),
);
app.http(
  "files",
  anonymous("files/{*path}", (request) => ({ body: `path ${request.params.path}` })),
);
app.http(
  "wrapped",
  anonymous(undefined, () => ({ jsonBody: 1 })),
);
app.http(
  "rescued",
  anonymous(undefined, () => Promise.reject(new Error("to be rescued"))),
);
app.http(
  "throws",
  anonymous(undefined, () => Promise.reject(new Error("on purpose"))),
);
app.http(
  "badAnswer",
  anonymous(undefined, () => "only text"),
);
app.http(
  "nothing",
  anonymous(undefined, () => undefined),
);
app.http(
  "bytes",
  anonymous(undefined, () => ({ body: Buffer.from([0, 255, 1]) })),
);
app.http(
  "size",
  anonymous(undefined, async (request) => ({ body: String((await request.arrayBuffer()).byteLength) }), ["POST"]),
);
app.http("withKey", { ...anonymous(undefined, () => ({ body: "open" })), authLevel: "function" });
app.http("forAdmins", { ...anonymous(undefined, () => ({ body: "open" })), authLevel: "admin" });
app.http(
  "switchedOff",
  anonymous(undefined, () => ({ body: "off" })),
);
app.http(
  "now",
  anonymous(undefined, () => ({ jsonBody: globalThis[Symbol.for("local-platform.clock")] })),
);
app.http(
  "lateRegistration",
  anonymous(undefined, () => {
    app.http(
      "late",
      anonymous(undefined, () => ({})),
    );
    return {};
  }),
);
app.http(
  "slow",
  anonymous("slow/{ms:int}", async (request) => {
    observe("slow began");
    await new Promise((resolve) => setTimeout(resolve, Number(request.params.ms)));
    observe("slow ended");
    return { body: "at last" };
  }),
);
app.http(
  "crash",
  anonymous(undefined, () => {
    setImmediate(() => {
      throw new Error("crashed on purpose");
    });
    return { status: 202 };
  }),
);
