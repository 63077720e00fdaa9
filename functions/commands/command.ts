import type { Config } from "../../shared/config";
import type { Clock } from "../../shared/domain/access/clock";
import type { Logger } from "../../shared/logger";

/** What a command is handed; it answers with its exit code: 0 all is well, 1 something was found, 3 to be run again. */
export interface CommandContext {
  config: Config;
  log: Logger;
  clock: Clock;
  /** Where an earlier run had come to, as it said itself. */
  after: string | undefined;
  /** Of `restore`: which backup, or that they are to be listed. */
  backup: string | undefined;
  list: boolean;
  /** One line for the person who waits. */
  say: (line: string) => void;
}

export type Command = (context: CommandContext) => Promise<number>;
