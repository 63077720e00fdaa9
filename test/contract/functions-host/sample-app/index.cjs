const { app } = require("@azure/functions");
const { observe } = require("./observe.cjs");

observe("loaded", { clock: globalThis[Symbol.for("local-platform.clock")], patchedDate: Date.now.toString() });

app.hook.appStart((context) => {
  context.hookData.startedBy = "appStart";
  observe("appStart");
});
app.hook.appTerminate((context) => observe("appTerminate", { startedBy: context.hookData.startedBy }));

app.hook.preInvocation((context) => {
  context.hookData.before = context.invocationContext.functionName;
  if (context.invocationContext.functionName !== "wrapped") return;
  const inner = context.functionHandler;
  context.functionHandler = async (...args) => ({ jsonBody: { wrapped: (await inner(...args)).jsonBody } });
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === "rescued") {
    context.error = null;
    context.result = { status: 418, body: `rescued after ${context.hookData.before}` };
  }
});
app.hook.log((context) => {
  context.message = context.message.replace(/secret=\S+/, "secret=***");
});
