/** What time it is. Domain code gets time as an argument or through this port, never from the machine. */
export type Clock = () => Date;

/** Cryptographically random bytes; a port so that rules stay pure and a run can be repeated from its seed. */
export type RandomBytes = (size: number) => Uint8Array;
