import { hostname } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { type SummaryJson, summaryOf } from "../../report/summary/summary.ts";
import { withReader } from "../storage/databases.ts";
import { type MessageJson, messageText } from "./message.ts";
import { postJson } from "./post.ts";
import type { MessageBoot } from "./protocol.ts";

// The thread that sends one message. It reads the database and the network, so that the coordinator need not.

const { address, db, study, at, event, trouble, patience } = workerData as MessageBoot;

/** The message is more urgent than its summary, so it goes without one if the database cannot be read. */
async function readSummary(): Promise<SummaryJson | null> {
  const isEnding = event === "interrupted";
  return withReader(db, (reader) => summaryOf(reader, study, { isEnding })).catch(() => null);
}

const summary = await readSummary();
const text = messageText(study, { event, trouble }, summary);
const message: MessageJson = { event, study, at, host: hostname(), db, trouble, text, summary };
parentPort!.postMessage(await postJson(address, JSON.stringify(message), patience));
