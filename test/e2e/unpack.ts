import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inflateRawSync } from "node:zlib";

const END_OF_DIRECTORY = 0x06054b50;
const END_OF_DIRECTORY_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const DEFLATED = 8;

/** Unpacks a zip file (deflated entries, no comment, no zip64) and returns the names in it, in their order. */
export function unpack(zipFile: string, folder: string): string[] {
  const zip = readFileSync(zipFile);
  const end = zip.length - END_OF_DIRECTORY_BYTES;
  if (zip.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error(`${zipFile} does not end as a zip file does.`);
  const names: string[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packedBytes] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const name = zip.toString("utf8", at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes!);
    if (method !== DEFLATED) throw new Error(`${name} is packed in another way: ${method}.`);
    const header = zip.readUInt32LE(at + 42);
    const start = header + LOCAL_HEADER_BYTES + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
    const target = path.join(folder, name);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, inflateRawSync(zip.subarray(start, start + packedBytes)));
    names.push(name);
    at += ENTRY_BYTES + nameBytes! + extraBytes! + commentBytes!;
  }
  return names;
}
