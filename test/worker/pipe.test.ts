import { Duplex, PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Foreign } from "../../src/worker/door/message.ts";
import { messagePipe } from "../../src/worker/door/pipe.ts";

/** Messages between two processes, of which one may write any bytes. */

function ends({ gathers = false } = {}) {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const heard: unknown[] = [];
  const foreign: Foreign[] = [];
  const pipe = messagePipe(
    Duplex.from({ readable: there, writable: back }),
    {
      hear: (value) => heard.push(value),
      foreign: (each) => foreign.push(each),
      closed: () => {},
    },
    { gathers },
  );
  return { there, back, pipe, heard, foreign };
}

/** What is on its way has come. */
const arrived = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("messages come through whole, however their bytes are cut", async () => {
  const values = fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(values, fc.nat(7), async (messages, cut) => {
      const { there, heard, foreign } = ends();
      const bytes = Buffer.from(messages.map((each) => `${JSON.stringify(each)}\n`).join(""));
      for (let at = 0; at < bytes.length; at += cut + 1) there.write(bytes.subarray(at, at + cut + 1));
      await arrived();
      expect(heard).toEqual(JSON.parse(JSON.stringify(messages)));
      expect(foreign).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("numbers that JSON does not have go as text", async () => {
  const { pipe, back } = ends();
  pipe.send({ value: Number.NaN, other: [Number.NEGATIVE_INFINITY, 1] });
  await arrived();
  expect(String(back.read())).toBe('{"value":"NaN","other":["-Infinity",1]}\n');
  expect(pipe.sent).toBe(1);
});

test("what is sent in one turn leaves in one piece where that is asked for, in order, and each is told of", async () => {
  const { pipe, back } = ends({ gathers: true });
  const pieces: string[] = [];
  const told: number[] = [];
  back.on("data", (piece: Buffer) => pieces.push(String(piece)));
  pipe.send({ value: 1 }, () => told.push(1));
  pipe.send({ value: 2 });
  pipe.send({ value: 3 }, () => told.push(3));
  await arrived();
  pipe.send({ value: 4 });
  await arrived();
  await arrived();
  expect(pieces).toEqual(['{"value":1}\n{"value":2}\n{"value":3}\n', '{"value":4}\n']);
  expect(told).toEqual([1, 3]);
  expect(pipe.sent).toBe(4);
});

test("after bytes that are no message nothing is heard: 20,000 runs of bytes", async () => {
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
      const { there, heard, foreign } = ends();
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
      expect(heard).toHaveLength(first < 0 ? lines.length : first);
      expect(foreign).toHaveLength(first < 0 ? 0 : 1);
    }),
    { numRuns: 1_000 },
  );
});
