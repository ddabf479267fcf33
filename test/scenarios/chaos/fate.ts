import { copyFileSync, existsSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { RunControl } from "../../../src/coordinator/control.ts";
import type { BelayError } from "../../../src/core/error.ts";
import { currentIdentity } from "../../../src/machine/identity.ts";
import type { VirtualClock } from "../../../src/simulation/clock.ts";
import { ENGINE_POINTS, type Fault, type FaultAt, STORE_POINTS } from "../../../src/simulation/faults.ts";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { openSqliteStore } from "../../../src/sqlite/store.ts";
import { count, isParking, isTight, type World } from "./world.ts";

/** Every point at which a coordinator can crash. */
export const CRASH_POINTS = [...STORE_POINTS, ...ENGINE_POINTS].flatMap((name) => [
  `${name} before`,
  `${name} after`,
]);

/** A crash that may end a life: `isAt` tells whether it happens at this point. */
interface Crash {
  readonly name: string | null;
  isAt(point: string): boolean;
}

/** Draws the faults of one life: a crash at the n-th point, and lesser faults on the way. */
export function drawFaults(world: World, clock: VirtualClock, control: RunControl, faults: boolean) {
  const crash = faults ? drawCrash(world) : { name: null, isAt: () => false };
  const writeFailure = drawWriteFailures(world);
  let die: (end: "crash") => void = () => {};
  const died = new Promise<"crash">((resolve) => {
    die = resolve;
  });
  const at: FaultAt = (point) => {
    if (!faults) return "nothing";
    if (crash.isAt(point)) {
      count(world, `crash at ${point}`);
      world.crashesLeft--;
      world.file = snapshot(world);
      die("crash");
      return "crash";
    }
    const failure = writeFailure(point);
    if (failure) return failure;
    disturb(world, point, clock, control, crash);
    return "nothing";
  };
  return { died, at };
}

/** Draws failing writes. A write that fails is often followed by others that fail too. */
function drawWriteFailures(world: World): (point: string) => Fault | null {
  const { chance } = world;
  let failuresLeft = 0;
  return (point) => {
    const isFailing =
      point.endsWith(" before") && isWrite(point) && (failuresLeft > 0 || chance.next() < 0.01);
    if (!isFailing) return null;
    failuresLeft = failuresLeft > 0 ? failuresLeft - 1 : chance.int(4);
    const kind = (["busy", "full", "read-only"] as const)[chance.int(3)]!;
    count(world, `write fails: ${kind}`);
    return kind;
  };
}

/** Draws faults that do not end a process: the clock jumps, another coordinator takes over, a person ends the run. */
function disturb(world: World, point: string, clock: VirtualClock, control: RunControl, crash: Crash): void {
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
  // Attempts are interrupted only if a person ends the run, so that happens more often in lives to crash at that point.
  if (chance.next() < (crash.name?.startsWith("interrupt ") ? 0.03 : 0.001)) {
    world.crashesLeft--;
    const isNow = chance.next() < 0.5;
    count(world, isNow ? "end now" : "ctrl-c");
    world.toldToEnd = true;
    if (isNow) control.stopNow();
    else control.stop();
  }
}

/** Draws a crash: at the n-th point of any name, or at the n-th point of one name. */
function drawCrash(world: World): Crash {
  const { chance, scenario, lives } = world;
  const kind = chance.next();
  const points = CRASH_POINTS.filter(
    (point) =>
      !REOPEN.includes(point) &&
      /report/i.test(point) === (scenario.reports > 0 && kind > (isTight(scenario) ? 0.7 : 0.8)) &&
      (TIGHT.test(point) ? isTight(scenario) : !isTight(scenario) || kind < 0.6),
  );
  const reopens = isParking(scenario) && kind > 0.25 ? REOPEN[lives % 2]! : null;
  const name =
    kind < (reopens ? 0.25 : 0.4) ? null : (reopens ?? points[(scenario.seed + 11 * lives) % points.length]!);
  let left = kind < 0.1 ? 1 + chance.int(12) : name === null ? 1 + chance.int(400) : 1 + chance.int(8);
  if (name !== null && ONCE.test(name)) left = 1;
  const isAt = (point: string): boolean =>
    world.rival === null && (name === null || name === point) && --left === 0;
  return { name, isAt };
}

/** Points that mostly lives with tight memory pass. There are few such lives, so most of their crashes are here. */
const TIGHT = /^(enqueue|event|recordMetrics) /;

/** Points that a life passes once, or seldom more often. */
const ONCE = /^(settle|waiting|nextNumber|update|release|interrupt|recordMetrics|reopen) /;

/** Points that only studies with parked trials pass, when they take these up again. */
const REOPEN: readonly string[] = ["reopen before", "reopen after"];

/**
 * Another coordinator takes the study over while this one is suspended for two minutes without knowing it. Before that
 * the takeover must be refused, because this one's process is alive; afterwards this one must not write a single row.
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
    const store = openSqliteStore(world.file, { durability: "normal", now: clock.now });
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
      await replace().catch(replace); // The first call fails if a heartbeat was on its way.
    } finally {
      wake();
      await store.close();
    }
  })();
}

function isWrite(point: string): boolean {
  return /^(enqueue|startTrial|startAttempt|record\w+|finish|interrupt|heartbeat|event) before$/.test(point);
}

/** Copies the file as the crashed process leaves it, sometimes without the end of its log, as after a power cut. */
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
