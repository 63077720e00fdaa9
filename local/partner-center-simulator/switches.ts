import { z } from "zod";
import { commerceSwitches } from "./commerce-switches";
import { coreSwitches } from "./core-switches";
import type { SwitchDefinition, SwitchValue } from "./switch-definition";

/** Every named switch with its default and meaning. */
export const switchDefinitions = { ...coreSwitches, ...commerceSwitches };

type SwitchName = keyof typeof switchDefinitions;

type ValueOf<Definition> = Definition extends SwitchDefinition<infer Value> ? Value : never;

/** The present position of every switch. */
export type SwitchValues = { [Name in SwitchName]: ValueOf<(typeof switchDefinitions)[Name]> };

/** Some switches in other than their default position. */
export type SwitchSettings = Partial<SwitchValues>;

/** Reads settings from outside (control API, start options); an unknown name or value is an error that says so. */
export const SwitchSettings = z.strictObject(
  Object.fromEntries(
    Object.entries(switchDefinitions).map(([name, definition]) => [name, schemaOf(definition).optional()]),
  ),
);

export function defaultSwitches(): SwitchValues {
  const defaults = Object.entries(switchDefinitions).map(([name, definition]) => [name, definition.default]);
  // Built from the definitions themselves, one entry each.
  return Object.fromEntries(defaults) as SwitchValues;
}

/** Puts switches into the positions given, in place; checks all before it changes one. */
export function setSwitches(values: SwitchValues, settings: unknown): void {
  Object.assign(values, SwitchSettings.parse(settings));
}

function schemaOf(definition: { default: SwitchValue; values?: readonly SwitchValue[] }): z.ZodType<SwitchValue> {
  if (definition.values) return z.enum(definition.values.map(String));
  return typeof definition.default === "boolean" ? z.boolean() : z.number().nonnegative();
}
