import { execFile } from "node:child_process";
import { promisify } from "node:util";

const BYTES_PER_KIB = 1024;

/** Resident memory of a process. Throws when there is none. */
export async function residentBytes(pid: number): Promise<number> {
  return (await listProcesses()).find((one) => one.pid === pid)?.bytes ?? missing(`process ${pid}`);
}

/** Resident memory of the Node.js process of a group whose command line contains `text`. */
export async function residentBytesOfGroup(group: number | undefined, text: string): Promise<number> {
  const isOurs = (one: RunningProcess): boolean =>
    one.group === group && one.command.includes(text) && /^\S*node\b/.test(one.command);
  return (await listProcesses()).find(isOurs)?.bytes ?? missing(text);
}

interface RunningProcess {
  pid: number;
  group: number;
  bytes: number;
  command: string;
}

async function listProcesses(): Promise<RunningProcess[]> {
  const { stdout } = await promisify(execFile)("ps", ["-e", "-o", "pid=,pgid=,rss=,args="], { maxBuffer: 2 ** 24 });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, group, kib, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined) return [];
    return [{ pid: Number(pid), group: Number(group), bytes: Number(kib) * BYTES_PER_KIB, command }];
  });
}

function missing(what: string): never {
  throw new Error(`No running ${what} was found to measure.`);
}
