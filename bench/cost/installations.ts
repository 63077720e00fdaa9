import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Installation } from "./monthly-cost";

const Plan = z.looseObject({
  functionAppConfig: z.object({
    scaleAndConcurrency: z.object({
      instanceMemoryMB: z.number(),
      alwaysReady: z.array(z.object({ name: z.string(), instanceCount: z.number() })).default([]),
    }),
  }),
});
const Prediction = z.object({
  predictedResources: z.array(
    z.looseObject({
      type: z.string(),
      sku: z.looseObject({ name: z.string() }).optional(),
      properties: z.unknown().optional(),
    }),
  ),
});

/**
 * The installations whose price is told, as the committed predictions of the templates have them: what is deployed and what
 * is priced cannot drift apart. `private` is prod with the private network switched on.
 */
export function readInstallations(infraFolder: string): Installation[] {
  const dev = readOne(infraFolder, "dev");
  const prod = readOne(infraFolder, "prod");
  const workload = readFileSync(path.join(infraFolder, "workload.bicep"), "utf8");
  const privateEndpoints = workload.match(/name: 'pe-/g)?.length ?? 0;
  if (privateEndpoints === 0) throw new Error("The template names no private endpoints.");
  return [dev, prod, { ...prod, name: "private", serviceBus: "Premium", privateEndpoints }];
}

function readOne(infraFolder: string, name: "dev" | "prod"): Installation {
  const file = path.join(infraFolder, `main.${name}.snapshot.json`);
  const { predictedResources } = Prediction.parse(JSON.parse(readFileSync(file, "utf8")));
  const ofType = (type: string) => predictedResources.filter((resource) => resource.type === type);
  const [site] = ofType("Microsoft.Web/sites");
  const { instanceMemoryMB, alwaysReady } = Plan.parse(site?.properties).functionAppConfig.scaleAndConcurrency;
  const [namespace] = ofType("Microsoft.ServiceBus/namespaces");
  return {
    name,
    instanceGb: instanceMemoryMB / 1024,
    alwaysReadyHttp: alwaysReady.find((group) => group.name === "http")?.instanceCount ?? 0,
    serviceBus: namespace?.sku?.name === "Premium" ? "Premium" : "Standard",
    privateEndpoints: 0,
    metricRules: ofType("Microsoft.Insights/metricAlerts").length,
    logRules: ofType("Microsoft.Insights/scheduledQueryRules").length,
  };
}
