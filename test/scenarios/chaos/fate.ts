import { copyFileSync, existsSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { RunControl } from "../../../src/coordinator/control.ts";
import type { BelayError } from "../../../src/core/error.ts";
import { currentIdentity } from "../../../src/machine/identity.ts";
import type { VirtualClock } from "../../../src/simulation/clock.ts";
import { ENGINE_POINTS, type Fault, type FaultAt, STORE_POINTS } from "../../../src/simulation/faults.ts";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { openStore } from "../../../src/sqlite/store.ts";
import { count, isTight, type World } from "./world.ts";

/** Every point at which a coordinator can die. */
export const CRASH_POINTS = [...STORE_POINTS, ...ENGINE_POINTS].flatMap((name) => [
  `${name} before`,
  `${name} after`,
]);

/** What is to kill a life, and whether a point is where it does. */
interface Death {
  readonly name: string | null;
  strikes(point: string): boolean;
}

/** Draws what happens in this life, and when: a death at the n-th point, and lesser troubles on the way. */
export function fate(world: World, clock: VirtualClock, control: RunControl, faults: boolean) {
  const death = faults ? drawDeath(world) : { name: null, strikes: () => false };
  const writeFailure = drawWriteFailures(world);
  let die: (end: "crash") => void = () => {};
  const died = new Promise<"crash">((resolve) => {
    die = resolve;
  });
  const at: FaultAt = (point) => {
    if (!faults) return "nothing";
    if (death.strikes(point)) {
      count(world, `crash at ${point}`);
      world.crashesLeft--;
      world.file = snapshot(world);
      die("crash");
      return "crash";
    }
    const failure = writeFailure(point);
    if (failure) return failure;
    disturb(world, point, clock, control, death);
    return "nothing";
  };
  return { died, at };
}

/** A write that fails is often followed by others that fail as well. */
function drawWriteFailures(world: World): (point: string) => Fault | null {
  const { chance } = world;
  let trouble = 0;
  return (point) => {
    const isStruck = point.endsWith(" before") && isWrite(point) && (trouble > 0 || chance.next() < 0.01);
    if (!isStruck) return null;
    trouble = trouble > 0 ? trouble - 1 : chance.int(4);
    const kind = (["busy", "full", "read-only"] as const)[chance.int(3)]!;
    count(world, `write fails: ${kind}`);
    return kind;
  };
}

/** What does not end a process: the clock jumps, another coordinator takes over, a person ends the run. */
function disturb(world: World, point: string, clock: VirtualClock, control: RunControl, death: Death): void {
  const { chance } = world;
  if (chance.next() < 0.002) {
    count(world, "clock jumps");
    clock.jump(Math.round((chance.next() - 0.5) * 7_200_000));
  }
  const mayTakeOver = world.epoch !== null && world.rival === null && !/^(release|update) /.test(point);
  if (chance.next() < 0.001 && mayTakeOver) {
    world.crashesLeft--;
    count(world, "taken over");
    takeOver(world, clock);
  }
  // Attempts are interrupted only when somebody ends the run: who is to die there ends it more often.
  if (chance.next() < (death.name?.startsWith("interrupt ") ? 0.03 : 0.001)) {
    world.crashesLeft--;
    const isNow = chance.next() < 0.5;
    count(world, isNow ? "end now" : "ctrl-c");
    world.toldToEnd = true;
    if (isNow) control.stopNow();
    else control.stop();
  }
}

/** Some deaths come at the n-th point whatever it is, others at the n-th point of one name. */
function drawDeath(world: World): Death {
  const { chance, scenario, lives } = world;
  const kind = chance.next();
  const points = CRASH_POINTS.filter(
    (point) =>
      /report/i.test(point) === (scenario.reports > 0 && kind > (isTight(scenario) ? 0.7 : 0.8)) &&
      (TIGHT.test(point) ? isTight(scenario) : !isTight(scenario) || kind < 0.6),
  );
  const name = kind < 0.4 ? null : points[(scenario.seed + 11 * lives) % points.length]!;
  let left = kind < 0.1 ? 1 + chance.int(12) : name === null ? 1 + chance.int(400) : 1 + chance.int(8);
  if (name !== null && ONCE.test(name)) left = 1;
  const strikes = (point: string): boolean =>
    world.rival === null && (name === null || name === point) && --left === 0;
  return { name, strikes };
}

/** Points at which only lives with tight memory die; there are few such lives, so most of their deaths are here. */
const TIGHT = /^(enqueue|event|recordMetrics) /;

/** Points that a life passes once, or seldom more often. */
const ONCE = /^(settle|waiting|nextNumber|update|release|interrupt|recordMetrics) /;

/**
 * Another coordinator replaces this one, which has slept for two minutes and does not know. It is refused before, since
 * this one's process lives then; afterwards this one must not be able to write a single row.
 */
function takeOver(world: World, clock: VirtualClock): void {
  const db = openDatabase(world.file);
  db.prepare("UPDATE owners SET pid = ?, process_start = ?, boot_id = ? WHERE epoch = ?").run(
    process.pid,
    currentIdentity().processStart,
    currentIdentity().bootId,
    world.epoch,
  );
  db.close();
  const wake = clock.hold();
  world.rival = (async () => {
    const store = openStore(world.file, { durability: "normal", now: clock.now });
    try {
      const refused = await store.claim(world.studyId, currentIdentity()).then(
        () => "a second coordinator was let in beside a live one",
        (error: BelayError) => (error.code === "owner" ? null : String(error)),
      );
      if (refused) world.wrong.push(refused);
      const rival = { ...currentIdentity(), pid: 2 ** 22 + 999 };
      const replace = () => {
        clock.jump(120_000);
        return store.claim(world.studyId, rival, { takeover: true });
      };
      await replace().catch(replace); // a heartbeat may have been on its way
    } finally {
      wake();
      await store.close();
    }
  })();
}

function isWrite(point: string): boolean {
  return /^(enqueue|startTrial|startAttempt|record\w+|finish|interrupt|heartbeat|event) before$/.test(point);
}

/** The file as the dead process leaves it; at times with the end of its log torn off, as a power cut does. */
function snapshot(world: World): string {
  const next = join(world.folder, `life-${world.lives + 1}.db`);
  copyFileSync(world.file, next);
  const log = `${world.file}-wal`;
  if (!existsSync(log)) return next;
  copyFileSync(log, `${next}-wal`);
  const bytes = statSync(log).size;
  if (bytes > 0 && world.chance.next() < 0.15) {
    count(world, "log cut");
    truncateSync(`${next}-wal`, Math.max(0, bytes - 1 - world.chance.int(12_000)));
    world.recorded.clear();
  }
  return next;
}
