import type { Measure, MetricName } from "../../shared/domain/telemetry/metrics";

export interface Recorded {
  name: MetricName;
  value: number;
  attributes: Readonly<Record<string, string>>;
}

/** Keeps what was measured. */
export function recordedMeasure(): {
  measure: Measure;
  all: Recorded[];
  of(name: MetricName): Omit<Recorded, "name">[];
} {
  const all: Recorded[] = [];
  return {
    all,
    measure: (name, value, attributes) => void all.push({ name, value, attributes }),
    of: (name) => all.filter((one) => one.name === name).map(({ value, attributes }) => ({ value, attributes })),
  };
}
