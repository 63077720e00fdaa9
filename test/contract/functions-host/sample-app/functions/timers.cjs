const { app } = require("@azure/functions");
const { observe } = require("../observe.cjs");

const handler = (timer, context) => observe(`timer ${context.functionName}`, { timer });

app.timer("everyHour", { schedule: "0 0 * * * *", handler });
app.timer("nightly", { schedule: "30 2 * * *", handler });
app.timer("everyThreeDays", { schedule: "3.00:00:00", handler });
app.timer("fromSetting", { schedule: "%SWEEP_SCHEDULE%", handler });
app.timer("everySecond", { schedule: "* * * * * *", handler: (timer) => observe("tick", { timer }) });
app.timer("atStart", { schedule: "0 0 0 1 1 *", runOnStartup: true, handler });
app.timer("switchedOffTimer", { schedule: "0 0 * * * *", runOnStartup: true, handler });
app.timer("badSchedule", { schedule: "61 * * * * *", handler });

const failing = (name, retry) => {
  let runs = 0;
  app.timer(name, {
    schedule: "0 0 0 1 1 *",
    retry,
    handler: (_, context) => {
      observe(name, { retryContext: context.retryContext ?? null });
      if (++runs % 3 !== 0) throw new Error("once more");
    },
  });
};
failing("retriedSoon", { strategy: "fixedDelay", maxRetryCount: 2, delayInterval: 0 });
failing("retriedLater", {
  strategy: "exponentialBackoff",
  maxRetryCount: 5,
  minimumInterval: { minutes: 1 },
  maximumInterval: { hours: 1 },
});
