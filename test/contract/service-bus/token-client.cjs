// A client process for token-authentication.test.ts: Node reads NODE_EXTRA_CA_CERTS only when it starts.
// Does what the JSON in its first argument says and prints what came of it as JSON.
const { ServiceBusClient } = require("@azure/service-bus");

const { host, customEndpointAddress, connectionString, token, queue, sessionQueue } = JSON.parse(process.argv[2]);
const credential = {
  scopes: [],
  getToken(scopes) {
    this.scopes.push(scopes);
    return Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 });
  },
};
const options = { retryOptions: { maxRetries: 0, timeoutInMs: 5000 }, customEndpointAddress };
const client = connectionString
  ? new ServiceBusClient(connectionString, options)
  : new ServiceBusClient(host, credential, options);

async function work() {
  const done = {};
  const sender = client.createSender(queue);
  await sender.sendMessages([{ body: "one" }, { body: "two" }]);
  const receiver = client.createReceiver(queue);
  done.peeked = (await receiver.peekMessages(10)).map(({ body }) => body);
  const [one, two] = await receiver.receiveMessages(2, { maxWaitTimeInMs: 3000 });
  await receiver.completeMessage(one);
  await receiver.deadLetterMessage(two, { deadLetterReason: "Shown", deadLetterErrorDescription: "" });
  const deadLetters = client.createReceiver(queue, { subQueueType: "deadLetter" });
  done.dead = (await deadLetters.receiveMessages(1, { maxWaitTimeInMs: 3000 })).map(({ body }) => body);
  await client.createSender(sessionQueue).sendMessages({ body: "three", sessionId: "A" });
  const session = await client.acceptNextSession(sessionQueue);
  await session.setSessionState("seen");
  done.session = [session.sessionId, await session.getSessionState()];
  return done;
}

work()
  .catch(({ name, code, message }) => ({ error: { name, code, message } }))
  .then(async (result) => {
    await client.close();
    const scopes = [...new Set(credential.scopes)];
    process.stdout.write(JSON.stringify({ ...result, scopes }), () => process.exit());
  });
