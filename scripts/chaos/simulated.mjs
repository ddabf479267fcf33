// Simulated chaos: the real coordinator over a real SQLite file, with simulated slots on a virtual clock. Its process
// "dies" at named points of the loop; what the file held at that moment is all that the next one gets.
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runControl } from "../../dist/coordinator/control.js";
import { run } from "../../dist/coordinator/run.js";
import { rng } from "../../dist/core/rng.js";
import { pruners } from "../../dist/pruner/registry.js";
import { samplers } from "../../dist/sampler/registry.js";
import { THRESHOLDS } from "../../dist/scheduler/concurrency.js";
import { virtualClock } from "../../dist/simulation/clock.js";
import { simulatedEngine } from "../../dist/simulation/engine.js";
import { ENGINE_POINTS, mortal, STORE_POINTS } from "../../dist/simulation/faults.js";
import { scenarioOf } from "../../dist/simulation/scenario.js";
import { openDatabase } from "../../dist/store/database.js";
import { currentIdentity } from "../../dist/store/identity.js";
import { openStore } from "../../dist/store/sqlite.js";
import { brokenPromises } from "./invariants.mjs";

const STUDY = "chaos";
/** Every point at which a coordinator can die. */
export const CRASH_POINTS = [...STORE_POINTS, ...ENGINE_POINTS].flatMap((name) => [
  `${name} before`,
  `${name} after`,
]);
/** What else can happen on the way. */
export const SIMULATED_FAULTS = [
  "write fails: busy",
  "write fails: full",
  "write fails: read-only",
  "clock jumps",
  "ctrl-c",
  "end now",
  "log cut",
  "taken over",
  "compared with an undisturbed run",
  "a trial waits for memory",
];
const MAX_LIVES = 60;

/**
 * Runs the study of a seed through faults until its target is reached.
 *
 * @param {number} seed
 * @returns {Promise<{ broken: string[], fired: Record<string, number>, lives: number }>}
 */
export async function simulatedChaos(seed) {
  const scenario = scenarioOf(seed, samplers.names, pruners.names);
  const world = newWorld(scenario);
  try {
    const broken = await liveUntilTarget(world);
    return {
      broken: broken.length > 0 ? broken : await differences(world),
      fired: world.fired,
      lives: world.lives,
    };
  } finally {
    rmSync(world.folder, { recursive: true, force: true });
  }
}

/** The trials of an undisturbed run of a scenario, for comparison. */
export async function undisturbed(scenario) {
  const world = newWorld(scenario);
  try {
    world.crashesLeft = 0;
    await live(world, { faults: false });
    return trialsOf(world.file);
  } finally {
    rmSync(world.folder, { recursive: true, force: true });
  }
}

function newWorld(scenario) {
  const folder = mkdtempSync(join(memoryFolder(), "belay-chaos-"));
  const chance = rng(scenario.seed, 1, "chaos");
  return {
    scenario,
    folder,
    chance,
    file: join(folder, "life-0.db"),
    lives: 0,
    crashesLeft: 1 + chance.int(10),
    fired: {},
    /** What a caller was told is recorded: `split number/split` and `finish number`. */
    recorded: new Map(),
    /** Ids by number. */
    numbers: new Map(),
    studyId: 0,
    nowMs: Date.UTC(2030, 0, 1),
    epoch: null,
    rival: null,
    wrong: [],
  };
}

/** In memory where that can be had: these deaths are of processes, so nothing has to reach a disk. */
function memoryFolder() {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}

async function liveUntilTarget(world) {
  for (; world.lives < MAX_LIVES; world.lives++) {
    const end = await live(world, { faults: world.crashesLeft > 0 });
    const db = openDatabase(world.file);
    const ended = end === "finished" || end === "exhausted";
    const target = end === "finished" ? world.scenario.trials : null;
    const broken = [...brokenPromises(db, { ended, target }), ...lostRecords(world, db), ...world.wrong];
    db.close();
    if (broken.length > 0) return broken.map((line) => `life ${world.lives} (${end}): ${line}`);
    if (ended) return [];
  }
  return [`the target was not reached in ${MAX_LIVES} lives`];
}

/** One life of a coordinator: opens the file, owns the study, settles, runs until its end or its death. */
async function live(world, { faults }) {
  const { scenario } = world;
  const clock = virtualClock(world.nowMs);
  const store = openStore(world.file, { durability: "normal", now: clock.now });
  const control = runControl();
  world.toldToEnd = false;
  const { stop } = control;
  control.stop = () => {
    world.toldToEnd = true; // by a person; a run that fails ends itself by stopNow
    stop();
  };
  const { died, at } = fate(world, clock, control, faults);
  const life = mortal(clock, at);
  const engine = simulatedEngine({
    clock,
    ...scenario,
    onTrain: (task, split) => noteTraining(world, task, split),
  });
  const finished = work(
    world,
    { store, asThisLife: (owned) => life.study(recorder(world, store, owned)) },
    life.engine(checkAnswers(world, engine)),
    clock,
    control,
  );
  const end = await Promise.race([died, finished.catch((error) => failed(world, error))]);
  clock.stop();
  world.nowMs = clock.now() + 1_000;
  world.epoch = null;
  await world.rival;
  await new Promise((resolve) => setImmediate(resolve)); // writes that were on their way go to the abandoned file
  await store.close();
  // A failing disk, of which it hears first, may end it before it hears of the other owner.
  if (world.rival && !["stale", "crash", "store-error"].includes(end))
    world.wrong.push(`taken over, it ended as ${end}`);
  world.rival = null;
  return end;
}

async function work(world, { store, asThisLife }, engine, clock, control) {
  const { scenario } = world;
  const owned = asThisLife(await own(world, store));
  Object.assign(world, { studyId: owned.id, epoch: owned.epoch });
  await owned.settle();
  const { space, sampler, pruner, splitCount, seed, trials, lag, workers } = scenario;
  const end = await run(
    {
      owned,
      engine,
      sampler: samplers.make("sampler", sampler),
      pruner: pruners.make("pruner", pruner),
      space,
      directions: ["minimize"],
      splitCount,
      seed,
      noise: false,
      limits: { splitTimeoutMs: null, trialTimeoutMs: null, memoryBytes: null, graceMs: 1_000 },
      trials,
      studyTimeoutMs: null,
      target: null,
      lag,
      clock,
      listen: ({ kind, metrics }) => {
        if (kind === "metrics" && metrics.waiting > 0) world.fired["a trial waits for memory"] = 1;
      },
      ...(isTight(scenario) ? { scheduling: tightScheduling(workers) } : {}),
    },
    control,
  );
  await owned.update({ activeMs: 1 });
  await owned.release(end, "ctrl-c");
  return end;
}

/** Whether memory is short; where every run proposes the same trials it cannot play a part. */
function isTight({ workers, lag }) {
  return workers > 1 && lag === null;
}

/** Memory for some two trials of three: the others wait for it, as rows that a death must not lose. */
function tightScheduling(workers) {
  return {
    workers,
    machine: { cores: workers, gpus: null },
    admission: true,
    breaker: null,
    autoSplitTimeout: true,
    thresholds: THRESHOLDS,
    settings: {},
    limits: { reserveBytes: 0 },
    past: [],
    readCpu: () => ({ total: 0, others: 0 }),
    readMemory: () => ({ totalBytes: 1e9, availableBytes: 130e6 * workers }),
  };
}

/** Creates the study in the first life; claims it from a dead owner in the others. A person enqueues, who does not die. */
async function own(world, store) {
  const identity = deadIdentity(world.chance, world.lives);
  const known = await store.find(STUDY);
  if (known) return store.claim(known.id, identity);
  const owned = await store.createStudy(newStudy(world.scenario), identity);
  for (const params of world.scenario.enqueued) await owned.enqueue(params);
  return owned;
}

/** Somebody who is found to be dead: no such process, a reused pid, or one from before a reboot. */
function deadIdentity(chance, life) {
  const me = currentIdentity();
  const kind = chance.int(3);
  if (kind === 0) return { ...me, pid: 2 ** 22 + 1 + life };
  if (kind === 1) return { ...me, processStart: "1" };
  return { ...me, bootId: `boot-${life}` };
}

function newStudy({ seed, sampler, pruner, space, splitCount, trials }) {
  return {
    name: STUDY,
    directions: ["minimize"],
    space,
    splitCount,
    splitHash: "splits",
    codeHash: "code",
    studyFile: "/chaos.ts",
    seed,
    sampler,
    pruner,
    backend: null,
    noise: false,
    trials,
    maxAttempts: 3,
    settings: {},
    limits: {
      setupTimeoutMs: 1,
      splitTimeoutMs: null,
      trialTimeoutMs: null,
      memoryBytes: null,
      reserveBytes: 0,
      graceMs: 1,
    },
  };
}

/** Draws what happens in this life, and when: a death at the n-th point, and lesser troubles on the way. */
function fate(world, clock, control, faults) {
  const { chance, fired } = world;
  const count = (name) => {
    fired[name] = (fired[name] ?? 0) + 1;
  };
  const death = faults ? drawDeath(world) : { name: null, strikes: () => false };
  // Attempts are interrupted only when somebody ends the run: who is to die there ends it more often.
  const endShare = death.name?.startsWith("interrupt ") ? 0.03 : 0.001;
  let trouble = 0;
  let die = () => {};
  const died = new Promise((resolve) => {
    die = resolve;
  });
  const at = (point) => {
    if (!faults) return "nothing";
    if (death.strikes(point)) {
      count(`crash at ${point}`);
      world.crashesLeft--;
      world.file = snapshot(world, count);
      die("crash");
      return "crash";
    }
    if (point.endsWith(" before") && isWrite(point) && (trouble > 0 || chance.next() < 0.01)) {
      trouble = trouble > 0 ? trouble - 1 : chance.int(4);
      const kind = ["busy", "full", "read-only"][chance.int(3)];
      count(`write fails: ${kind}`);
      return kind;
    }
    if (chance.next() < 0.002) {
      count("clock jumps");
      clock.jump(Math.round((chance.next() - 0.5) * 7_200_000));
    }
    if (
      chance.next() < 0.001 &&
      world.epoch !== null &&
      world.rival === null &&
      !/^(release|update) /.test(point)
    ) {
      world.crashesLeft--;
      count("taken over");
      takeOver(world, clock);
    }
    if (chance.next() < endShare) {
      world.crashesLeft--;
      const isNow = chance.next() < 0.5;
      count(isNow ? "end now" : "ctrl-c");
      world.toldToEnd = true;
      if (isNow) control.stopNow();
      else control.stop();
    }
    return "nothing";
  };
  return { died, at };
}

/** Some deaths come at the n-th point whatever it is, others at the n-th point of one name. */
function drawDeath(world) {
  const { chance, scenario, lives } = world;
  const kind = chance.next();
  const points = CRASH_POINTS.filter(
    (point) =>
      /report/i.test(point) === (scenario.reports > 0 && kind > 0.8) &&
      (isTight(scenario) || !/^(enqueue|event|recordMetrics) /.test(point)),
  );
  const name = kind < 0.4 ? null : points[(scenario.seed + 11 * lives) % points.length];
  let left = kind < 0.1 ? 1 + chance.int(12) : name === null ? 1 + chance.int(400) : 1 + chance.int(8);
  if (name !== null && ONCE.test(name)) left = 1;
  const strikes = (point) => world.rival === null && (name === null || name === point) && --left === 0;
  return { name, strikes };
}

/** Points that a life passes once, or seldom more often. */
const ONCE = /^(settle|waiting|nextNumber|update|release|interrupt) /;

/**
 * Another coordinator replaces this one, which has slept for two minutes and does not know. It is refused before, since
 * this one's process lives then; afterwards this one must not be able to write a single row.
 */
function takeOver(world, clock) {
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
        (error) => (error.code === "owner" ? null : String(error)),
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

function isWrite(point) {
  return /^(enqueue|startTrial|startAttempt|record\w+|finish|interrupt|heartbeat|event) before$/.test(point);
}

/** The file as the dead process leaves it; at times with the end of its log torn off, as a power cut does. */
function snapshot(world, count) {
  const next = join(world.folder, `life-${world.lives + 1}.db`);
  copyFileSync(world.file, next);
  const log = `${world.file}-wal`;
  if (!existsSync(log)) return next;
  copyFileSync(log, `${next}-wal`);
  const bytes = statSync(log).size;
  if (bytes > 0 && world.chance.next() < 0.15) {
    count("log cut");
    truncateSync(`${next}-wal`, Math.max(0, bytes - 1 - world.chance.int(12_000)));
    world.recorded.clear();
  }
  return next;
}

/** Notes what callers are told is recorded. A write that was on its way at a death went to the file that was left behind. */
function recorder(world, store, owned) {
  const { recorded, numbers } = world;
  const note = (what, value) => {
    if (world.file === store.location) recorded.set(what, value);
  };
  return {
    ...owned,
    reads: {
      ...owned.reads,
      async waiting() {
        const trials = await owned.reads.waiting();
        for (const { id, number } of trials) numbers.set(number, id);
        return trials;
      },
    },
    async startTrial(trial) {
      const key = await owned.startTrial(trial);
      numbers.set(trial.number, key.trialId);
      return key;
    },
    async recordSplit(key, result) {
      await owned.recordSplit(key, result);
      note(`split ${key.trialId}/${result.split}`, result.values[0]);
    },
    async finish(key, outcome, final, timing) {
      await owned.finish(key, outcome, final, timing);
      note(`finish ${key.trialId}`, outcome.state);
    },
  };
}

/** A verdict leaves only when the split's result is durable. A last split gets none: `interrupt` says that its record failed. */
function checkAnswers(world, engine) {
  const { recorded, numbers, wrong } = world;
  return {
    ...engine,
    async *run(task, signal) {
      for await (const event of engine.run(task, signal)) {
        if (event.kind !== "split") yield event;
        else
          yield {
            ...event,
            answer(answer) {
              const { split } = event.result;
              const isUnjudged = answer === "interrupt" && split === world.scenario.splitCount - 1;
              if (!isUnjudged && !recorded.has(`split ${numbers.get(task.number)}/${split}`))
                wrong.push(
                  `trial ${task.number}: the verdict on split ${split} left before its result was recorded`,
                );
              event.answer(answer);
            },
          };
      }
    },
  };
}

/** A split whose result was recorded is never trained again. */
function noteTraining({ recorded, numbers, wrong }, task, split) {
  if (recorded.has(`split ${numbers.get(task.number)}/${split}`))
    wrong.push(`trial ${task.number}: split ${split} is recorded and trains again`);
}

function lostRecords(world, db) {
  const split = db.prepare("SELECT value FROM splits WHERE trial_id = ? AND split = ?").pluck();
  const state = db.prepare("SELECT state FROM trials WHERE id = ?").pluck();
  const lost = [];
  for (const [record, value] of world.recorded) {
    const [kind, place] = record.split(" ");
    const got = kind === "split" ? split.get(...place.split("/").map(Number)) : state.get(Number(place));
    if (got !== value) lost.push(`${record}: expected ${value}, got ${got}`);
  }
  return lost;
}

/** A run that ends with an error: only a takeover, and faults of the store while it was to stop, may do that. */
function failed(world, error) {
  if (error?.code === "stale" && world.rival) return "stale";
  const isExpected =
    error?.code === "store" && Object.keys(world.fired).some((name) => name.startsWith("write fails: "));
  if (!isExpected) throw error;
  // A write that fails may end a run that is to end; any other waits until it can be made.
  if (!world.toldToEnd) world.wrong.push(`a write that failed has ended the run: ${error.message}`);
  return "store-error";
}

/** Whether a disturbed run has come to the very trials of an undisturbed one, where that is promised. */
async function differences(world) {
  const { scenario } = world;
  if (scenario.workers > 1 && scenario.lag === null) return [];
  // A power cut with durability "normal" may take what was enqueued in the last moments.
  if (scenario.enqueued.length > 0 && world.fired["log cut"]) return [];
  const trials = trialsOf(world.file);
  // A trial whose attempts ran out has another outcome, and so have the proposals after it.
  if (trials.some(({ reason }) => reason === "interrupted")) return [];
  const expected = JSON.stringify(await undisturbed(scenario));
  world.fired["compared with an undisturbed run"] = 1;
  return JSON.stringify(trials) === expected ? [] : ["the trials differ from those of an undisturbed run"];
}

function trialsOf(file) {
  const db = openDatabase(file, { readonly: true });
  try {
    return db.prepare("SELECT number, state, reason, value, params FROM trials ORDER BY number").all();
  } finally {
    db.close();
  }
}
