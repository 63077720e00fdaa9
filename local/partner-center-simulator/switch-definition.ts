export type SwitchValue = boolean | number | string;

/** A behaviour of Partner Center that is unconfirmed, or that a client should survive in both forms. */
export interface SwitchDefinition<Value extends SwitchValue> {
  default: Value;
  /** What the value does; shown in the control API and the README. */
  description: string;
  /** Text switches: the values allowed. */
  values?: readonly Value[];
}

export const flag = (value: boolean, description: string): SwitchDefinition<boolean> => ({
  default: value,
  description,
});

/** A number of the unit that its name says; zero or more. */
export const amount = (value: number, description: string): SwitchDefinition<number> => ({
  default: value,
  description,
});

export const choice = <const Value extends string>(
  values: readonly [Value, ...Value[]],
  description: string,
): SwitchDefinition<Value> => ({ default: values[0], description, values });
