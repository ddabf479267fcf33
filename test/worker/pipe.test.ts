import { Duplex, PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { InvalidMessage } from "../../src/worker/door/message.ts";
import { messagePipe } from "../../src/worker/door/pipe.ts";

/** Messages between two processes, one of which may write any bytes. */

function connect({ batches = false } = {}) {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const received: unknown[] = [];
  const invalid: InvalidMessage[] = [];
  const pipe = messagePipe(
    Duplex.from({ readable: there, writable: back }),
    {
      message: (value) => received.push(value),
      invalid: (each) => invalid.push(each),
      closed: () => {},
    },
    { batches },
  );
  return { there, back, pipe, received, invalid };
}

/** Waits until everything that was sent has arrived. */
const arrived = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("messages are received whole, however their bytes are split", async () => {
  const values = fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(values, fc.nat(7), async (messages, cut) => {
      const { there, received, invalid } = connect();
      const bytes = Buffer.from(messages.map((each) => `${JSON.stringify(each)}\n`).join(""));
      for (let at = 0; at < bytes.length; at += cut + 1) there.write(bytes.subarray(at, at + cut + 1));
      await arrived();
      expect(received).toEqual(JSON.parse(JSON.stringify(messages)));
      expect(invalid).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("numbers that JSON does not have are sent as text", async () => {
  const { pipe, back } = connect();
  pipe.send({ value: Number.NaN, other: [Number.NEGATIVE_INFINITY, 1] });
  await arrived();
  expect(String(back.read())).toBe('{"value":"NaN","other":["-Infinity",1]}\n');
  expect(pipe.sent).toBe(1);
});

test("with `batches`, messages of one turn are sent in one write, in order, and each is confirmed", async () => {
  const { pipe, back } = connect({ batches: true });
  const pieces: string[] = [];
  const confirmed: number[] = [];
  back.on("data", (piece: Buffer) => pieces.push(String(piece)));
  pipe.send({ value: 1 }, () => confirmed.push(1));
  pipe.send({ value: 2 });
  pipe.send({ value: 3 }, () => confirmed.push(3));
  await arrived();
  pipe.send({ value: 4 });
  await arrived();
  await arrived();
  expect(pieces).toEqual(['{"value":1}\n{"value":2}\n{"value":3}\n', '{"value":4}\n']);
  expect(confirmed).toEqual([1, 3]);
  expect(pipe.sent).toBe(4);
});

test("after bytes that are no message no message is received: 20,000 random inputs", async () => {
  const line = fc.jsonValue({ maxDepth: 1 }).map((value) => `${JSON.stringify(value)}\n`);
  const bytes = fc.oneof(
    line.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 12 }).map((each) => Buffer.from(each)),
    fc
      .constantFrom("\n", "{", "[[[[", '"\u{1F9D7}', "\u0000\u0000\u0000\u0009", "]\n")
      .map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 20, maxLength: 20 }), async (chunks) => {
      const { there, received, invalid } = connect();
      for (const chunk of chunks) there.write(chunk);
      await arrived();
      const lines = Buffer.concat(chunks).toString("utf8").split("\n").slice(0, -1);
      const isJson = (text: string): boolean => {
        try {
          JSON.parse(text);
          return true;
        } catch {
          return false;
        }
      };
      const first = lines.findIndex((text) => !isJson(text));
      expect(received).toHaveLength(first < 0 ? lines.length : first);
      expect(invalid).toHaveLength(first < 0 ? 0 : 1);
    }),
    { numRuns: 1_000 },
  );
});
