import { create_container, message as codec } from "rhea";
import {
  accepted,
  asNumber,
  decodeBatch,
  decodeMessage,
  deliveryTag,
  dotNetTicks,
  modified,
  rejected,
  released,
  tokenBytes,
  tokenText,
} from "../../../local/service-bus/amqp-codec";
import { Refusal } from "../../../local/service-bus/refusal";

const TOKEN = "00112233-4455-6677-8899-aabbccddeeff";

test("a lock token has the byte order of a .NET GUID as a delivery tag, and its own everywhere else", () => {
  expect(deliveryTag(TOKEN).toString("hex")).toBe("33221100554477668899aabbccddeeff");
  expect(tokenBytes(TOKEN).toString("hex")).toBe("00112233445566778899aabbccddeeff");
  expect(tokenText(tokenBytes(TOKEN))).toBe(TOKEN);
});

test("a time is told in ticks of 100 nanoseconds since the year 1", () => {
  const { value } = dotNetTicks(new Date("2026-01-01T00:00:00Z")) as { value: Buffer };
  expect(value.readBigInt64BE()).toBe(639_028_224_000_000_000n);
});

test("outcomes are the ones rhea recognises", () => {
  expect(codec.is_accepted(accepted() as object)).toBe(true);
  expect(codec.is_released(released() as object)).toBe(true);
  expect(codec.is_modified(modified() as object)).toBe(true);
  expect(codec.is_rejected(rejected() as object)).toBe(true);
  expect(codec.is_rejected(rejected(new Refusal("amqp:not-found", "gone")) as object)).toBe(true);
});

test("a batch is the messages in its data sections, be it one or several", () => {
  const { message } = create_container();
  const one = message.encode({ message_id: "1", body: "one" });
  const two = message.encode({ message_id: "2", body: "two" });
  const ids = (parts: Buffer[]) =>
    decodeBatch(message.encode({ body: message.data_sections(parts) as unknown })).map(({ message_id }) => message_id);
  expect(ids([one])).toEqual(["1"]);
  expect(ids([one, two])).toEqual(["1", "2"]);
});

test("what is no message is refused", () => {
  expect(() => decodeMessage(Buffer.from([1, 2, 3]))).toThrow(Refusal);
});

test("long numbers are read in both of their forms", () => {
  expect(asNumber(7, "number")).toBe(7);
  const large = Buffer.alloc(8);
  large.writeBigInt64BE(5_000_000_000n);
  expect(asNumber(large, "number")).toBe(5_000_000_000);
  expect(() => asNumber("7", "sequence number")).toThrow("The sequence number is not a number.");
});
