/** The bare SDKs, with as little around them as works: what every measure of `index.cjs` is made of. */
const { TableClient, odata } = require("@azure/data-tables");
const { ServiceBusClient } = require("@azure/service-bus");

const table = TableClient.fromConnectionString(process.env.STATE_STORAGE, process.env.BASELINE_TABLE, {
  allowInsecureConnection: true,
});
const sender = new ServiceBusClient(process.env.SERVICE_BUS).createSender("changes");

async function getRow(partition, row) {
  try {
    return await table.getEntity(partition, row);
  } catch (error) {
    if (error.statusCode === 404) return undefined;
    throw error;
  }
}

/** The first rows of a prefix, as many as asked for, in one query. */
async function getPage(partition, prefix, size) {
  const filter = odata`PartitionKey eq ${partition} and RowKey ge ${prefix} and RowKey lt ${prefix + "\uffff"}`;
  const pages = table.listEntities({ queryOptions: { filter } }).byPage({ maxPageSize: size });
  return (await pages.next()).value;
}

/** What snapshots need to know of each subscription's row. */
async function getSnapshotMarks(partition) {
  const filter = odata`PartitionKey eq ${partition} and RowKey ge ${"sub_"} and RowKey lt ${"sub`"}`;
  const marks = new Map();
  for await (const row of table.listEntities({ queryOptions: { filter, select: ["RowKey", "asOf", "odata.etag"] } })) {
    marks.set(row.rowKey, row);
  }
  return marks;
}

const rowOf = (partitionKey, rowKey, body) => ({ partitionKey, rowKey, schemaVersion: 1, body0: body });
const createRow = (partition, row, body) => ["create", rowOf(partition, row, body)];
const replaceRow = (found, body) => [
  "update",
  rowOf(found.partitionKey, found.rowKey, body),
  "Replace",
  { etag: found.etag },
];

const commit = (actions) => table.submitTransaction(actions);
const deleteRow = (found) => table.deleteEntity(found.partitionKey, found.rowKey, { etag: found.etag });

async function callPartnerCenter(method, path, body) {
  const response = await fetch(process.env.PARTNER_CENTER_URL + path, {
    method,
    headers: {
      authorization: `Bearer ${process.env.PARTNER_CENTER_TOKEN}`,
      accept: "application/json",
      ...(body ? { "content-type": "application/json" } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Partner Center answered ${method} ${path} with ${response.status}: ${text}`);
  return JSON.parse(text.replace(/^\uFEFF/, ""));
}

const send = (message) => sender.sendMessages(message);

module.exports = {
  getRow,
  getPage,
  getSnapshotMarks,
  createRow,
  replaceRow,
  commit,
  deleteRow,
  callPartnerCenter,
  send,
};
