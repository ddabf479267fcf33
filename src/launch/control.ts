import { BelayError } from "../core/error.ts";
import type { Detail, Json } from "../core/trial.ts";
import { currentUser } from "../machine/user.ts";
import { changesAsOptions, readChanges } from "../scheduler/changes.ts";
import { readStopRules } from "../stop-rule/registry.ts";
import { commandOn } from "../store/command-line.ts";
import { type EnqueueOrder, orderData } from "../store/enqueuing.ts";
import { type InvalidationOrder, invalidationData } from "../store/invalidation.ts";
import type { StudyRow } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { sameAgain } from "./advice.ts";
import { type Enqueued, firstParams } from "./enqueued.ts";
import { isLive, readStudyRow } from "./storage/databases.ts";
import { openStore } from "./storage/stores.ts";

/** What another process can tell a running study to do. */
export type Order =
  /** `changes` such as `workers=4`. */
  | { readonly kind: "set"; readonly changes: readonly string[] }
  | { readonly kind: "pause" | "resume" | "stop" }
  /** Trials of these params; `add`: on top of the study's total. It works on a study that does not run, too. */
  | { readonly kind: "enqueue"; readonly enqueued: readonly Enqueued[]; readonly add: boolean }
  /** A finished trial counts for nothing from now on, or counts again. It works on a study that does not run, too. */
  | ({ readonly kind: "invalidate" } & InvalidationOrder)
  | { readonly kind: "kill"; readonly number: number };

/** An order for a running study. */
export interface ControlRequest {
  /** The database's file, without symbolic links. */
  readonly db: string;
  readonly study: string;
  readonly order: Order;
  /** How long to wait for the coordinator's answer. @default 5 s */
  readonly waitMs?: number | undefined;
  /** Who gives the order, for the audit trail. @default the user of this process, as `user@host` */
  readonly who?: string;
  /** The command that was typed, so that advice can repeat it. @default advice names the option alone */
  readonly typed?: readonly string[];
}

/** What the coordinator has done. */
export interface ControlAnswer {
  readonly study: string;
  readonly command: Order["kind"];
  readonly ok: true;
  readonly message: string;
  /** After `enqueue`: the numbers of the trials that wait now. */
  readonly numbers?: readonly number[];
}

const WAIT_MS = 5_000;
const LOOK_MS = 25;

/**
 * Sends an order to the coordinator of a live study, as a row in the database, and waits for the answer. Trials can also be
 * enqueued in a study that does not run.
 *
 * @throws BelayError `usage` for changes and params that cannot be read; `owner` when the study is not running, or its
 *   coordinator refuses or does not answer.
 */
export async function control(request: ControlRequest): Promise<ControlAnswer> {
  const { db, study: name, order } = request;
  if (order.kind === "set") checkChanges(order.changes); // refuses a typo as wrong usage, before the study gets it
  const study = await readStudyRow(db, name);
  const wanted = order.kind === "enqueue" ? enqueueOrder(study, order) : null;
  const isRunning = await isLive(db, study);
  if (!isRunning && !wanted && order.kind !== "invalidate")
    throw new BelayError("owner", `${name} is not running (${study.state}): ${adviceFor(db, study, order)}`);
  const store = openStore(db);
  try {
    const who = request.who ?? currentUser();
    const answer = isRunning
      ? await send(store, study, { kind: order.kind, data: dataOf(order, wanted), who }, request)
      : await write(store, study.id, order, { wanted, who });
    const { ok, message, numbers } = answer;
    if (ok !== true)
      throw new BelayError("owner", `${message}${Array.isArray(numbers) ? adding(request) : ""}`);
    return {
      ...{ study: name, command: order.kind, ok },
      message: isRunning || !wanted ? String(message) : `${message}: ${adviceFor(db, study, order)}`,
      ...(Array.isArray(numbers) && { numbers: numbers.map(Number) }),
    };
  } finally {
    await store.close();
  }
}

/** Carries out an order in a study that nobody runs. */
async function write(
  store: Store,
  studyId: number,
  order: Order,
  { wanted, who }: { readonly wanted: EnqueueOrder | null; readonly who: string },
): Promise<Detail> {
  if (wanted) return { ...(await store.enqueue(studyId, wanted, who)) };
  return { ...(await store.invalidate(studyId, order as InvalidationOrder, who)) };
}

/** The params of an order, checked against the study's space. @throws BelayError `usage`. */
function enqueueOrder(
  { space, studyFile }: StudyRow,
  { enqueued, add }: Extract<Order, { kind: "enqueue" }>,
): EnqueueOrder {
  if (enqueued.length === 0)
    throw new BelayError("usage", `enqueue: expected params such as '{"learningRate":0.01}', got none`);
  return { params: firstParams(studyFile, { space, defaults: null }, enqueued), add };
}

/** What to type when a study has no place for further trials. */
function adding({ typed }: ControlRequest): string {
  return typed ? `: ${sameAgain(typed, "--add")} adds to them` : "";
}

/** @throws BelayError `usage`: changes that cannot be read. */
function checkChanges(texts: readonly string[]): void {
  const { stop } = readChanges(texts);
  if (stop !== undefined) readStopRules("stop", [stop]);
}

function dataOf(order: Order, wanted: EnqueueOrder | null): Json {
  if (wanted) return orderData(wanted);
  if (order.kind === "set") return [...order.changes];
  if (order.kind === "invalidate") return invalidationData(order);
  return order.kind === "kill" ? order.number : null;
}

/** What to type for a study that is not running: its resume takes the changes as options. */
function adviceFor(db: string, { name, state }: StudyRow, order: Order): string {
  const options = order.kind === "set" ? changesAsOptions(order.changes) : [];
  const isOver = state === "converged" && !options.includes("--stop"); // the rule would end it again at once
  if (isOver) options.push("--stop", "none");
  if (options.length > 0) return `\`${commandOn(db, "resume", name, ...options)}\` runs it that way`;
  if (state === "finished" && order.kind !== "enqueue")
    return `\`${commandOn(db, "resume", name, "--add", "10")}\` runs ten trials more`;
  return `\`${commandOn(db, "resume", name)}\` runs it`;
}

/** Sends a command, and waits for its answer. */
async function send(
  store: Store,
  study: StudyRow,
  command: Parameters<Store["send"]>[1],
  { db, order, waitMs = WAIT_MS }: ControlRequest,
): Promise<Detail> {
  const id = await store.send(study.id, command);
  const deadline = performance.now() + waitMs;
  for (;;) {
    const answer = await store.answer(id);
    if (answer) return answer;
    if (performance.now() > deadline) {
      if (!(await isLive(db, study)))
        throw new BelayError("owner", `${study.name} has just ended: ${adviceFor(db, study, order)}`);
      const waited = `the coordinator has not answered within ${waitMs / 1000} s`;
      throw new BelayError("owner", `${waited}; the command stays and is carried out when it looks again`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
