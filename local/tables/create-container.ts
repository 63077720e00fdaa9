import { createHmac } from "node:crypto";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { DEVELOPMENT_ACCOUNT } from "./start-tables";

const VERSION = "2021-12-02";

/**
 * Creates a blob container, as a deployment does, with the account's key. By hand: the SDK cannot be told to trust an
 * authority of ours.
 */
export async function createContainer(blobUrl: string, name: string, ca?: string): Promise<void> {
  const url = new URL(`${blobUrl}/${name}?restype=container`);
  const date = new Date().toUTCString();
  const resource = `/${DEVELOPMENT_ACCOUNT.name}${url.pathname}\nrestype:container`;
  const text = ["PUT", ...Array<string>(11).fill(""), `x-ms-date:${date}`, `x-ms-version:${VERSION}`, resource].join(
    "\n",
  );
  const key = Buffer.from(DEVELOPMENT_ACCOUNT.key, "base64");
  const signature = createHmac("sha256", key).update(text).digest("base64");
  const headers = {
    "x-ms-date": date,
    "x-ms-version": VERSION,
    "content-length": 0,
    authorization: `SharedKey ${DEVELOPMENT_ACCOUNT.name}:${signature}`,
  };
  const status = await new Promise<number>((resolve, reject) => {
    const options = { method: "PUT", headers, ...(ca === undefined ? {} : { ca }) };
    const send = url.protocol === "https:" ? secureRequest : plainRequest;
    const sent = send(url, options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject).end();
  });
  if (status !== 201) throw new Error(`The container ${name} could not be created: ${status}.`);
}
