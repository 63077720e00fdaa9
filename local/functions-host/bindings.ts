import { z } from "zod";
import type { Binding, RegisteredFunction } from "./core-api";

const HttpTrigger = z.looseObject({
  methods: z
    .array(z.string().toUpperCase())
    .nullish()
    .transform((methods) => methods ?? []),
  authLevel: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["anonymous", "function", "admin"]))
    .default("anonymous"),
  route: z.string().nullish(),
});
export type HttpTrigger = z.infer<typeof HttpTrigger>;

const TimerTrigger = z.looseObject({
  schedule: z.string(),
  runOnStartup: z.boolean().nullish(),
  useMonitor: z.boolean().nullish(),
});
export type TimerTrigger = z.infer<typeof TimerTrigger>;

const ServiceBusTrigger = z.looseObject({
  queueName: z.string({ error: "only queues are served locally: queueName is missing" }),
  connection: z.string().nullish(),
  isSessionsEnabled: z.boolean().nullish(),
  autoCompleteMessages: z.boolean().nullish(),
  cardinality: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["one", "many"]))
    .nullish(),
  dataType: z.string().toLowerCase().nullish(),
});
export type ServiceBusTrigger = z.infer<typeof ServiceBusTrigger>;

const ServiceBusOutput = z.looseObject({
  queueName: z.string({ error: "only queues are served locally: queueName is missing" }),
  connection: z.string().nullish(),
});
export type ServiceBusOutput = z.infer<typeof ServiceBusOutput>;

export type Trigger =
  | { kind: "http"; name: string; options: HttpTrigger }
  | { kind: "timer"; name: string; options: TimerTrigger }
  | { kind: "serviceBus"; name: string; options: ServiceBusTrigger };

/** The trigger binding of a function as registered: its name and raw settings. Throws when there is none. */
export function triggerBinding(fn: RegisteredFunction): { name: string; binding: Binding } {
  for (const [name, binding] of Object.entries(fn.metadata.bindings)) {
    if (/trigger$/i.test(binding.type)) return { name, binding };
  }
  throw new Error(`The function "${fn.metadata.name}" has no trigger.`);
}

/** Parses the trigger of a function. Throws for settings that are wrong and for kinds that this host does not serve. */
export function readTrigger(fn: RegisteredFunction): Trigger {
  const { name, binding } = triggerBinding(fn);
  switch (binding.type.toLowerCase()) {
    case "httptrigger":
      return { kind: "http", name, options: parsed(HttpTrigger, binding) };
    case "timertrigger":
      return { kind: "timer", name, options: parsed(TimerTrigger, binding) };
    case "servicebustrigger":
      return { kind: "serviceBus", name, options: parsed(ServiceBusTrigger, binding) };
    default:
      throw new Error(`The local host does not serve triggers of type "${binding.type}".`);
  }
}

export function readServiceBusOutput(binding: Binding): ServiceBusOutput {
  return parsed(ServiceBusOutput, binding);
}

function parsed<Schema extends z.ZodType>(schema: Schema, binding: Binding): z.output<Schema> {
  const result = schema.safeParse(binding);
  if (!result.success) throw new Error(`The ${binding.type} binding is not valid: ${z.prettifyError(result.error)}`);
  return result.data;
}
