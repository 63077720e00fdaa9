import { z } from "zod";

const Fields = z.record(z.string(), z.unknown());
type Fields = z.infer<typeof Fields>;

/**
 * What waits for a subscription's renewal, exactly as Partner Center showed it (fact sheet §4.6). Any immediate change
 * deletes it there; sending it again replaces whatever is there. Where both parts are present only `actions` count.
 */
export const RenewalSchedule = z.object({
  /** `scheduledNextTermInstructions`. */
  instructions: Fields.optional(),
  /** `scheduledActions`. */
  actions: z.array(Fields).optional(),
});
export type RenewalSchedule = z.infer<typeof RenewalSchedule>;

/** The schedule a raw subscription shows; undefined when nothing waits: null, an empty list, an empty object. */
export function scheduleIn(resource: unknown): RenewalSchedule | undefined {
  if (!isFields(resource)) return undefined;
  const { scheduledNextTermInstructions: instructions, scheduledActions } = resource;
  const actions = Array.isArray(scheduledActions) ? scheduledActions.filter(isFields) : [];
  const schedule = {
    ...(isFields(instructions) && Object.keys(instructions).length > 0 ? { instructions } : {}),
    ...(actions.length > 0 ? { actions } : {}),
  };
  return Object.keys(schedule).length === 0 ? undefined : schedule;
}

/** The fields of a subscription that say it, for a write. */
export function scheduleFields({ instructions, actions }: RenewalSchedule): Fields {
  return {
    ...(instructions ? { scheduledNextTermInstructions: instructions } : {}),
    ...(actions ? { scheduledActions: actions } : {}),
  };
}

/** A product that a schedule names, with the plan it is to be renewed under. */
export interface ScheduledProduct {
  /** `productId:skuId`. */
  sku: string;
  availabilityId: string;
  term: string;
  billingCycle: string;
}

export function scheduledProducts(schedule: RenewalSchedule): ScheduledProduct[] {
  return instructionsOf(schedule).flatMap(({ product }) => (isFields(product) ? [readProduct(product)] : []));
}

/** One thing that will happen at the renewal, for people. */
export interface ScheduledChange {
  /** As Microsoft names it, such as `RenewToNewTerm` or `Cancel`. */
  action: string;
  quantity?: number;
  productSku?: string;
  term?: string;
  billingCycle?: string;
}

export function scheduledChanges({ instructions, actions }: RenewalSchedule): ScheduledChange[] {
  if (!actions) return [describe(RENEWAL, instructions)];
  return actions.map(({ actionType, instructions: own }) =>
    describe(typeof actionType === "string" ? actionType : RENEWAL, own),
  );
}

/** What plain instructions mean. */
const RENEWAL = "RenewToNewTerm";

function describe(action: string, instructions: unknown): ScheduledChange {
  if (!isFields(instructions)) return { action };
  const { quantity, product } = instructions;
  const { sku, term, billingCycle } = readProduct(isFields(product) ? product : {});
  return {
    action,
    ...(typeof quantity === "number" ? { quantity } : {}),
    ...(isFields(product) ? { productSku: sku, term, billingCycle: billingCycle.toLowerCase() } : {}),
  };
}

/** The same schedule with other seats and other availabilities; everything else stays as it was read. */
export function adjustSchedule(
  schedule: RenewalSchedule,
  change: { seats: (seats: number) => number; availabilityId: (product: ScheduledProduct) => string },
): RenewalSchedule {
  const adjust = (instructions: Fields): Fields => {
    const { quantity, product } = instructions;
    return {
      ...instructions,
      ...(typeof quantity === "number" ? { quantity: change.seats(quantity) } : {}),
      ...(isFields(product)
        ? { product: { ...product, availabilityId: change.availabilityId(readProduct(product)) } }
        : {}),
    };
  };
  return {
    ...(schedule.instructions ? { instructions: adjust(schedule.instructions) } : {}),
    ...(schedule.actions
      ? {
          actions: schedule.actions.map(({ instructions, ...action }) =>
            isFields(instructions) ? { ...action, instructions: adjust(instructions) } : action,
          ),
        }
      : {}),
  };
}

/**
 * True when `shown` says everything that `wanted` says. Partner Center changes the case of names and values, the form of
 * dates and one spelling, and adds fields of its own; none of that is another schedule.
 */
export function showsSchedule(shown: RenewalSchedule | undefined, wanted: RenewalSchedule): boolean {
  return shown !== undefined && covers(effective(shown), effective(wanted));
}

function effective({ instructions, actions }: RenewalSchedule): unknown {
  return actions ?? instructions;
}

function instructionsOf({ instructions, actions = [] }: RenewalSchedule): Fields[] {
  return [instructions, ...actions.map((action) => action["instructions"])].filter(isFields);
}

function readProduct(product: Fields): ScheduledProduct {
  const text = (name: string): string => {
    const value = product[name];
    return typeof value === "string" ? value : "";
  };
  return {
    sku: `${text("productId")}:${text("skuId")}`,
    availabilityId: text("availabilityId"),
    term: text("termDuration"),
    billingCycle: text("billingCycle"),
  };
}

function covers(shown: unknown, wanted: unknown): boolean {
  if (wanted === null || wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    return Array.isArray(shown) && shown.length === wanted.length && wanted.every((one, i) => covers(shown[i], one));
  }
  if (!isFields(wanted)) return comparable(shown) === comparable(wanted);
  if (!isFields(shown)) return false;
  const names = new Map(Object.entries(shown).map(([name, value]) => [canonicalName(name), value]));
  return Object.entries(wanted).every(([name, value]) => covers(names.get(canonicalName(name)), value));
}

/** One data set of Microsoft spells `scheduleType` with a "d" (fact sheet §4.6). */
function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower === "scheduledtype" ? "scheduletype" : lower;
}

const DATE = /^\d{4}-\d\d-\d\d(T[\d:.]+)?(Z|[+-]\d\d:\d\d)?$/i;

function comparable(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return DATE.test(value) ? Date.parse(value) : value.toLowerCase();
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
