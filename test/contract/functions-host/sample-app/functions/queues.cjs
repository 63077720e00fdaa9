const { app, output } = require("@azure/functions");
const { observe } = require("../observe.cjs");

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const forever = () => new Promise(() => undefined);
const connection = "BUS";

app.serviceBusQueue("work", {
  queueName: "%WORK_QUEUE%",
  connection,
  handler: async (message, context) => {
    observe("work", { message, metadata: context.triggerMetadata, trace: context.traceContext.traceParent });
    if (message.fail) throw new Error("refused on purpose");
    if (message.hangAtFirst && context.triggerMetadata.deliveryCount === 1) await forever();
    if (message.takesMs) await pause(message.takesMs);
    observe("work done", { id: context.triggerMetadata.messageId });
  },
});

app.serviceBusQueue("brief", {
  queueName: "brief",
  connection,
  handler: async (message) => {
    observe("brief");
    await pause(message.takesMs);
  },
});

const active = new Map();
app.serviceBusQueue("ordered", {
  queueName: "ordered",
  connection,
  isSessionsEnabled: true,
  handler: async (message, context) => {
    const session = context.triggerMetadata.sessionId;
    active.set(session, (active.get(session) ?? 0) + 1);
    const sessions = [...active.values()].filter((count) => count > 0).length;
    observe("ordered", {
      session,
      n: message.n,

      inSession: active.get(session),
      sessions,
    });
    if (message.hangsIn === process.pid) await forever();
    await pause(message.takesMs ?? 10);
    active.set(session, active.get(session) - 1);
  },
});

app.serviceBusQueue("batches", {
  queueName: "batches",
  connection,
  cardinality: "many",
  handler: (messages, context) => observe("batch", { messages, metadata: context.triggerMetadata }),
});

app.serviceBusQueue("bytes-in", {
  queueName: "bytes",
  connection,
  dataType: "binary",
  handler: (message) => observe("bytes", { isBuffer: Buffer.isBuffer(message), hex: message.toString("hex") }),
});

app.serviceBusQueue("unsettled", {
  queueName: "unsettled",
  connection,
  autoCompleteMessages: false,
  handler: (message, context) => observe("unsettled", { count: context.triggerMetadata.deliveryCount }),
});

const toWork = output.serviceBusQueue({ queueName: "%WORK_QUEUE%", connection });
app.http("enqueue", {
  methods: ["POST"],
  authLevel: "anonymous",
  extraOutputs: [toWork],
  handler: async (request, context) => {
    context.extraOutputs.set(toWork, await request.json());
    return { status: 202 };
  },
});
