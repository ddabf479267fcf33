import { parentPort, workerData } from "node:worker_threads";
import { BelayError } from "../core/error.ts";
import { askContext, suggest } from "../core/search/sampler.ts";
import { samplers } from "../sampler/registry.ts";
import type { Answer, Ask, AskerBoot, Thrown } from "./protocol.ts";
import { historyReceiver } from "./seen.ts";

/** The thread in which a study's sampler is asked, with the sampler's caches: one ask after the other. */

const { sampler: spec, study } = workerData as AskerBoot;
const sampler = samplers.make("sampler", spec);
const receive = historyReceiver(study.space);
const send = (answer: Answer): void => parentPort?.postMessage(answer);

parentPort?.on("message", (ask: Ask) => {
  const { id, number, trials } = ask;
  try {
    const context = askContext(study, { history: receive(ask), number, trials });
    send({ id, suggestion: suggest(sampler, context) });
  } catch (error) {
    sendThrown(id, error);
  }
});

function sendThrown(id: number, error: unknown): void {
  const thrown: Thrown =
    error instanceof BelayError ? { code: error.code, message: error.message } : { code: null, error };
  try {
    send({ id, thrown });
  } catch {
    send({ id, thrown: { code: null, error: new Error(String(error)) } }); // the error holds what cannot be sent
  }
}
