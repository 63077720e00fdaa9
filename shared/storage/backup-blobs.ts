import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { pipeline, type Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { createGunzip, createGzip } from "node:zlib";
import type { BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import type { BackupStore, BlobDraft } from "../domain/recovery/backup-store";
import { AppError } from "../errors";
import { hasStatus } from "./table-errors";

const MANIFESTS = "manifests/";
/** Size of the pieces a blob is sent in, which is also what is held of it in memory. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/**
 * `BackupStore` in a container of Blob Storage: rows as gzip'd NDJSON under `partitions/`, manifests as JSON under
 * `manifests/`. The client is asked for when it is first needed: its SDK is large.
 */
export function backupBlobs(container: () => Promise<ContainerClient>): BackupStore {
  const blob = async (name: string): Promise<BlockBlobClient> => (await container()).getBlockBlobClient(name);
  return {
    async names() {
      const names: string[] = [];
      for await (const { name } of (await container()).listBlobsFlat({ prefix: MANIFESTS })) {
        if (name.endsWith(".json")) names.push(name.slice(MANIFESTS.length, -".json".length));
      }
      return names.sort().reverse();
    },

    async readManifest(name) {
      try {
        return (await (await blob(manifestOf(name))).downloadToBuffer()).toString("utf8");
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },

    async writeManifest(name, text) {
      const target = await blob(manifestOf(name));
      const blobHTTPHeaders = { blobContentType: "application/json" };
      await onlyNew(target, (options) => target.upload(text, Buffer.byteLength(text), { ...options, blobHTTPHeaders }));
    },

    draft: (name) => draftOf(() => blob(name)),

    async *lines(name) {
      const { readableStreamBody } = await (await blob(name)).download();
      if (!readableStreamBody) throw new Error(`The storage answered nothing for ${name}.`);
      const text = createGunzip();
      // Hands errors on: a broken download must not look like the end of the blob. They are thrown to who reads.
      pipeline(readableStreamBody, text, () => undefined);
      yield* linesOf(text);
    },
  };
}

function manifestOf(name: string): string {
  return `${MANIFESTS}${name}.json`;
}

/**
 * Packs lines as they come and sends full blocks. Blocks that are never committed are no blob: the service forgets them
 * in a week, and immutability does not hold them.
 */
function draftOf(open: () => Promise<BlockBlobClient>): BlobDraft {
  const packed = createGzip();
  const blocks: string[] = [];
  let waiting: Buffer[] = [];
  let bytes = 0;
  packed.on("data", (piece: Buffer) => {
    waiting.push(piece);
    bytes += piece.length;
  });
  const send = async (): Promise<void> => {
    const block = Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
    const id = Buffer.from(String(blocks.length).padStart(8, "0")).toString("base64");
    blocks.push(id);
    await (await open()).stageBlock(id, block, block.length);
  };
  return {
    async add(line) {
      if (!packed.write(`${line}\n`)) await once(packed, "drain");
      if (bytes >= BLOCK_BYTES) await send();
    },
    async commit() {
      packed.end();
      await once(packed, "end");
      await send();
      const target = await open();
      await onlyNew(target, (options) => target.commitBlockList(blocks, options));
    },
    drop: () => void packed.destroy(),
  };
}

/**
 * Writes a blob that must not be there yet. The SDK repeats a write whose answer was lost, and then meets itself: each
 * writer leaves its mark on the blob.
 */
async function onlyNew(
  target: BlockBlobClient,
  write: (options: { conditions: { ifNoneMatch: string }; metadata: Record<string, string> }) => Promise<unknown>,
): Promise<void> {
  const writer = randomUUID();
  try {
    await write({ conditions: { ifNoneMatch: "*" }, metadata: { writer } });
  } catch (error) {
    if (!hasStatus(error, 409, 412)) throw error;
    if ((await target.getProperties()).metadata?.["writer"] === writer) return;
    const message = `There is a blob ${target.name} already; a backup never overwrites one.`;
    throw new AppError("conflict", "backupExists", message, { cause: error });
  }
}

async function* linesOf(text: Readable): AsyncIterable<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const piece of text) {
    const lines = (rest + decoder.write(piece as Buffer)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") throw new Error("The last line has no end: the blob is cut off.");
}
