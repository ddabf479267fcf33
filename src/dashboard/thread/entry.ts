import { parentPort, workerData } from "node:worker_threads";
import { refusalOf } from "../refusal.ts";
import type { Ask, Reply, ThreadBoot } from "./protocol.ts";
import { quickReader } from "./quick.ts";

// A thread in which the dashboard reads a database, so that a slow read holds up neither its server nor another page.

const { db } = workerData as ThreadBoot;
const read = quickReader(db);

function send(reply: Reply): void {
  const { answer } = reply;
  parentPort!.postMessage(reply, answer.kind === "frame" ? [answer.bytes.buffer] : []);
}

parentPort!.on("message", async ({ id, call }: Ask) => {
  try {
    send({ id, answer: await read(call) });
  } catch (error) {
    const answer = refusalOf(error);
    const defect = error instanceof Error ? error.stack : String(error);
    send({ id, answer, ...(answer.status === 500 && defect !== undefined && { defect }) });
  }
});
