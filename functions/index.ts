import { app } from "@azure/functions";
import { readConfig } from "../shared/config";
import { createLogger, jsonLines } from "../shared/logger";
import { createTelemetry } from "../shared/telemetry/create-telemetry";
import { createCredential } from "./azure-clients";
import { businessClock } from "./business-clock";
import { createApp } from "./create-app";

const config = readConfig(process.env);
const write = jsonLines((line) => process.stdout.write(line));
const { telemetryConnection: connectionString } = config;
const telemetry = createTelemetry({
  write,
  connect:
    connectionString === undefined
      ? undefined
      : async () => {
          const { connectAzureMonitor } = await import("../shared/telemetry/azure-monitor");
          return connectAzureMonitor({ connectionString, credential: createCredential(config), undelivered: write });
        },
});
const log = createLogger({ level: config.logLevel, sink: telemetry.sink, context: () => telemetry.fields() });
const { register } = createApp(config, log, businessClock, telemetry);
register(app);
app.hook.appTerminate(() => telemetry.close());
