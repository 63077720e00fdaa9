/** Thrown by every port of a process that has crashed: nothing it tries afterwards happens. */
class Crash extends Error {
  constructor() {
    super("The process has crashed.");
    this.name = "Crash";
  }
}

/** Decides whether the call with this number (from 1) kills the process before or after it happens. */
export interface CrashPlan {
  call: number;
  when: "before" | "after";
}

/** Counts the port calls of all processes of a run, and says which one is fatal. */
export interface CallCounter {
  calls: number;
  plan: CrashPlan | undefined;
}

/** What one process sees of its ports: they work until the planned call, and never again after it. */
export function processPorts(counter: CallCounter): <T extends object>(port: T) => T {
  let isDead = false;
  const run = async (call: () => unknown): Promise<unknown> => {
    if (isDead) throw new Crash();
    const { plan } = counter;
    const isFatal = ++counter.calls === plan?.call;
    if (isFatal && plan.when === "before") isDead = true;
    if (isDead) throw new Crash();
    const result = await call();
    if (isFatal) isDead = true;
    if (isFatal) throw new Crash();
    return result;
  };
  return (port) =>
    new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => run(() => Reflect.apply(member, target, args));
      },
    });
}
