import type { HostProcess } from "../functions-host/host-process";

/** The host did not start the function; `status` is what its admin API answered. */
export class FunctionNotStartedError extends Error {
  constructor(
    readonly functionName: string,
    readonly status: number,
  ) {
    super(`${functionName} was not started: the host answered ${status}.`);
    this.name = "FunctionNotStartedError";
  }
}

/**
 * Starts a timer or queue function now, as `POST /admin/functions/{name}` with the master key does in Azure. `input` is the
 * message of a queue function. Resolves when it is started, not when it is done; throws `FunctionNotStartedError`.
 */
export async function runFunction(host: HostProcess, masterKey: string, name: string, input = ""): Promise<void> {
  const response = await fetch(`${host.url}/admin/functions/${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-functions-key": masterKey },
    body: JSON.stringify({ input }),
  });
  await response.text();
  if (response.status !== 202) throw new FunctionNotStartedError(name, response.status);
}
