import { app } from "@azure/functions";
import { readConfig } from "../shared/config";
import { createLogger } from "../shared/logger";
import { businessClock } from "./business-clock";
import { createApp } from "./create-app";

const config = readConfig(process.env);
const { register } = createApp(config, createLogger({ level: config.logLevel }), businessClock);
register(app);
