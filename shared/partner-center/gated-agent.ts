import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

/** How far a request got, as far as its connection tells. */
interface WireProgress {
  /** `ready`: the connection is open and was handed over, so bytes may have been written from then on. */
  state: "connecting" | "tooLate" | "ready";
}

export interface GatedAgent {
  agent: HttpAgent;
  progress: WireProgress;
  /** Ends the connection, and the attempt to open one: nothing is written after this. */
  close(): void;
}

/**
 * An agent for one request on a fresh connection, which is handed over only if `mayWrite` still says yes the moment it
 * is open: Node writes the request right after. Checking before connecting would let a slow connection, or a process
 * paused meanwhile, put a paid write on the wire after somebody else may act. A kept-alive connection would save a few
 * milliseconds and, when the server has just closed it, cost an unknown outcome.
 */
export function createGatedAgent(secure: boolean, mayWrite: () => boolean): GatedAgent {
  const agent = secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const progress: WireProgress = { state: "connecting" };
  let open: { destroy(): unknown } | undefined;
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, handOver) => {
    const socket = connect(options);
    if (!socket) throw new Error("The agent opened no connection.");
    open = socket;
    const fail = (error: Error): void => handOver?.(error, socket);
    socket.once("error", fail);
    socket.once(secure ? "secureConnect" : "connect", () => {
      socket.removeListener("error", fail);
      progress.state = mayWrite() ? "ready" : "tooLate";
      if (progress.state === "ready") {
        handOver?.(null, socket);
      } else {
        socket.destroy();
        handOver?.(new Error("too late to send"), socket);
      }
    });
    return undefined;
  };
  const close = (): void => {
    open?.destroy();
    agent.destroy();
  };
  return { agent, progress, close };
}
