import type { OutgoingMessage } from "./outgoing-message";

/** Where a row stands in its table. */
export interface RowKey {
  partition: string;
  row: string;
}

/**
 * How one version of rows and messages differs from the one before (docs/adr/0014). Releases that are neighbours run side
 * by side during a deployment, and after a roll-back the older one finds what the newer one left.
 */
export interface DataVersion {
  /**
   * Makes a row of this version of one of the version before; absent where there is nothing to do. It fills in what is
   * missing and leaves what is there: a row that the version before wrote again comes by once more.
   */
  readonly upgrade?: (value: unknown, key: RowKey) => unknown;
  /** The oldest version that may read and rewrite this row; absent: all that the versions before allow. */
  readonly rowReadableFrom?: (value: object, key: RowKey) => number;
  /** The oldest version that may handle this message; absent: all that the versions before allow. */
  readonly messageReadableFrom?: (message: OutgoingMessage) => number;
}

/** Those after the first, in order. Whoever adds one has `npm run migrate` run after the deployment. */
export const DATA_VERSIONS: readonly DataVersion[] = [];

/** The version this software writes. */
export const DATA_VERSION = DATA_VERSIONS.length + 1;
