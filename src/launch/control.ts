import { BelayError } from "../core/error.ts";
import type { Detail, Json } from "../core/trial.ts";
import { changesAsOptions, readChanges } from "../scheduler/changes.ts";
import { readStopRules } from "../stop-rule/registry.ts";
import { commandOn } from "../store/command-line.ts";
import type { StudyRow } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { isLive, readStudyRow } from "./storage/databases.ts";
import { openStore } from "./storage/stores.ts";

/** What another process can tell a running study to do. */
export type Order =
  /** `changes` such as `workers=4`. */
  | { readonly kind: "set"; readonly changes: readonly string[] }
  | { readonly kind: "pause" | "resume" | "stop" }
  | { readonly kind: "kill"; readonly number: number };

/** An order for a running study. */
export interface ControlRequest {
  /** The database's file, without symbolic links. */
  readonly db: string;
  readonly study: string;
  readonly order: Order;
  /** How long to wait for the coordinator's answer. @default 5 s */
  readonly waitMs?: number | undefined;
}

/** What the coordinator has done. */
export interface ControlAnswer {
  readonly study: string;
  readonly command: Order["kind"];
  readonly ok: true;
  readonly message: string;
}

const WAIT_MS = 5_000;
const LOOK_MS = 25;

/**
 * Sends an order to the coordinator of a live study, as a row in the database, and waits for the answer.
 *
 * @throws BelayError `usage` for changes that cannot be read; `owner` when the study is not running, or its coordinator
 *   refuses or does not answer.
 */
export async function control({
  db,
  study: name,
  order,
  waitMs = WAIT_MS,
}: ControlRequest): Promise<ControlAnswer> {
  if (order.kind === "set") checkChanges(order.changes); // refuses a typo as wrong usage, before the study gets it
  const study = await readStudyRow(db, name);
  if (!(await isLive(db, study)))
    throw new BelayError("owner", `${name} is not running (${study.state}): ${adviceFor(db, study, order)}`);
  const store = openStore(db);
  try {
    const id = await store.send(study.id, { kind: order.kind, data: dataOf(order) });
    const { ok, message } = await answerTo(store, id, waitMs);
    if (ok !== true) throw new BelayError("owner", String(message));
    return { study: name, command: order.kind, ok, message: String(message) };
  } finally {
    await store.close();
  }
}

/** @throws BelayError `usage`: changes that cannot be read. */
function checkChanges(texts: readonly string[]): void {
  const { stop } = readChanges(texts);
  if (stop !== undefined) readStopRules("stop", [stop]);
}

function dataOf(order: Order): Json {
  if (order.kind === "set") return [...order.changes];
  return order.kind === "kill" ? order.number : null;
}

/** What to type for a study that is not running: its resume takes the changes as options. */
function adviceFor(db: string, { name, state }: StudyRow, order: Order): string {
  const options = order.kind === "set" ? changesAsOptions(order.changes) : [];
  const isOver = state === "converged" && !options.includes("--stop"); // the rule would end it again at once
  if (isOver) options.push("--stop", "none");
  if (options.length > 0) return `\`${commandOn(db, "resume", name, ...options)}\` runs it that way`;
  if (state === "finished") return `\`${commandOn(db, "resume", name, "--add", "10")}\` runs ten trials more`;
  return `\`${commandOn(db, "resume", name)}\` runs it`;
}

async function answerTo(store: Store, id: number, waitMs: number): Promise<Detail> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const answer = await store.answer(id);
    if (answer) return answer;
    if (performance.now() > deadline) {
      const waited = `the coordinator has not answered within ${waitMs / 1000} s`;
      throw new BelayError("owner", `${waited}; the command stays and is carried out when it looks again`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
