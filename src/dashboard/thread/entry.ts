import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { refusalOf } from "../refusal.ts";
import type { Answer, Call, FromThread, QuickCall, SlowCall, ThreadBoot, ToThread } from "./protocol.ts";
import { quickReader } from "./quick.ts";
import { slowReader } from "./slow.ts";

// A thread in which the dashboard reads a database, so that a slow read holds up neither its server nor another page.

/** The slow thread gives way to trials: on Linux a priority is that of the thread alone. */
const GIVING_WAY = 10;

const { db, role } = workerData as ThreadBoot;
const quick = role === "quick" ? quickReader(db, (news) => send({ news })) : null;
const read: (call: Call) => Promise<Answer> = quick
  ? (call) => quick.answer(call as QuickCall)
  : (
      (slow) => (call) =>
        slow(call as SlowCall)
    )(slowReader(db));
if (role === "slow" && process.platform === "linux") setPriority(0, GIVING_WAY);

function send(message: FromThread): void {
  const isFrame = "answer" in message && message.answer.kind === "frame";
  parentPort!.postMessage(message, isFrame ? [message.answer.bytes.buffer] : []);
}

parentPort!.on("message", async (message: ToThread) => {
  if ("watch" in message) return quick?.watch(message.watch);
  const { id, call } = message;
  try {
    send({ id, answer: await read(call) });
  } catch (error) {
    const answer = refusalOf(error);
    const defect = error instanceof Error ? error.stack : String(error);
    send({ id, answer, ...(answer.status === 500 && defect !== undefined && { defect }) });
  }
});
