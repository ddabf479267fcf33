import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { refusalOf } from "../refusal.ts";
import type {
  Answer,
  Call,
  FromThread,
  OrderCall,
  QuickCall,
  SlowCall,
  ThreadBoot,
  ToThread,
} from "./protocol.ts";

// A thread in which the dashboard reads a database, so that a slow read holds up neither its server nor another page.

/** The slow thread gives way to trials: on Linux a priority is that of the thread alone. */
const GIVING_WAY = 10;

const { db, role } = workerData as ThreadBoot;
const { read, watch } = await begin();
if (role === "slow" && process.platform === "linux") setPriority(0, GIVING_WAY);

/** Loads what the thread needs, and no more. */
async function begin(): Promise<{
  readonly read: (call: Call) => Promise<Answer>;
  readonly watch: (studies: readonly string[] | null) => void;
}> {
  const watch = (): void => {}; // only the quick thread does
  switch (role) {
    case "quick": {
      const quick = (await import("./quick.ts")).quickReader(db, (news) => send({ news }));
      return { read: (call) => quick.answer(call as QuickCall), watch: quick.watch };
    }
    case "slow": {
      const slow = (await import("./slow.ts")).slowReader(db);
      return { read: (call) => slow(call as SlowCall), watch };
    }
    case "act": {
      const act = (await import("./act.ts")).orderSender(db);
      return { read: (call) => act(call as OrderCall), watch };
    }
  }
}

function send(message: FromThread): void {
  const isFrame = "answer" in message && message.answer.kind === "frame";
  parentPort!.postMessage(message, isFrame ? [message.answer.bytes.buffer] : []);
}

parentPort!.on("message", async (message: ToThread) => {
  if ("watch" in message) return watch(message.watch);
  const { id, call } = message;
  try {
    send({ id, answer: await read(call) });
  } catch (error) {
    const answer = refusalOf(error);
    const defect = error instanceof Error ? error.stack : String(error);
    send({ id, answer, ...(answer.status === 500 && defect !== undefined && { defect }) });
  }
});
