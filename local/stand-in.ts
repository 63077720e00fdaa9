import type { VirtualClock } from "./virtual-clock";

/** PEM texts for a stand-in that serves TLS; made by `local/tls`. */
export interface TlsFiles {
  /** Certificate of this server, valid for localhost, 127.0.0.1 and ::1. */
  cert: string;
  key: string;
  /** Certificate of the authority that signed it: what a client must trust (`NODE_EXTRA_CA_CERTS`). */
  ca: string;
}

/** What every stand-in accepts when it starts. */
export interface StandInOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** Present: serve TLS in place of plain text. */
  tls?: TlsFiles;
  /** Absent: a clock of its own that runs with real time. */
  clock?: VirtualClock;
}

/** One part of the local platform, usable alone. All of them listen on 127.0.0.1 only. */
export interface StandIn {
  /** Base address, such as `http://127.0.0.1:7074`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Back to the state after the start; open connections may be cut. */
  reset(): Promise<void>;
  /** Stops listening and cuts every connection; resolves within a second and leaves no timer. */
  close(): Promise<void>;
}

/** A start that failed because the port is taken says which part wanted it and how to choose another. */
export class PortInUseError extends Error {
  constructor(
    readonly part: string,
    readonly port: number,
  ) {
    super(`${part} cannot listen on port ${port}: it is in use. Stop what uses it, or choose another port.`);
    this.name = "PortInUseError";
  }
}
