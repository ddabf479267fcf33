import { type Engine, type EngineEvent, type Machine, type TrialTask, wakes } from "../core/engine.ts";
import { UNKNOWN_MEMORY } from "../core/trial.ts";

/** A machine of a fleet. */
interface Member {
  readonly engine: Engine;
  readonly machine: Machine;
  /** What is added to the numbers of its slots, so that no two slots of the fleet have the same one. */
  readonly firstSlot: number;
  isGone: boolean;
  /** What ends the attempts on it. */
  readonly ends: Set<() => void>;
}

const LOST = { state: "interrupted", lost: true } as const;
/** No machine of a fleet has more slots. */
const MOST_SLOTS = 1_000;

/** Several simulated machines as one engine. */
export interface Fleet {
  readonly engine: Engine;
  /** Adds an engine of one machine, whose name no other has. */
  join(engine: Engine): void;
  /** Takes a machine away at once: the attempts on it are lost. */
  leave(name: string): void;
}

/** Creates a fleet without a machine. Each trial runs on the machine that its task names. */
export function fleet(): Fleet {
  const members = new Map<string, Member>();
  const changes = wakes();
  let joined = 0;

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const member = members.get(task.machine ?? "");
    if (!member) {
      yield { kind: "outcome", end: LOST };
      yield { kind: "final", memory: { ...UNKNOWN_MEMORY, source: "guard" }, durationMs: 0 };
      return;
    }
    const ended = new AbortController();
    const end = (): void => ended.abort();
    if (signal.aborted) end();
    signal.addEventListener("abort", end);
    member.ends.add(end);
    try {
      for await (const event of member.engine.run(task, ended.signal)) {
        const heard = member.isGone ? unheard(event) : event;
        if (heard?.kind === "started") yield { ...heard, slot: member.firstSlot + heard.slot };
        else if (heard) yield heard;
      }
    } finally {
      signal.removeEventListener("abort", end);
      member.ends.delete(end);
    }
  }

  function each(act: (engine: Engine) => void): void {
    for (const { engine } of members.values()) act(engine);
  }

  return {
    join(engine) {
      const machine = engine.machines()[0]!;
      if (members.has(machine.name)) throw new Error(`simulation: expected a new name, got ${machine.name}`);
      members.set(machine.name, {
        engine,
        machine,
        firstSlot: MOST_SLOTS * joined++,
        isGone: false,
        ends: new Set(),
      });
      engine.subscribe(changes.wake);
      changes.wake();
    },
    leave(name) {
      const member = members.get(name);
      if (!member) throw new Error(`simulation: expected a machine of the fleet, got ${name}`);
      members.delete(name);
      member.isGone = true;
      for (const end of member.ends) end();
      changes.wake();
    },
    engine: {
      machines: () => [...members.values()].map(({ machine }) => machine),
      subscribe: changes.subscribe,
      run,
      slots: () =>
        [...members.values()].flatMap(({ machine, firstSlot }) =>
          machine.views().map((view) => ({ ...view, slot: firstSlot + view.slot })),
        ),
      resize: (slots) => each((engine) => engine.resize(slots)),
      limit: (number, limits) => each((engine) => engine.limit(number, limits)),
      reserve: (bytes) => each((engine) => engine.reserve(bytes)),
      async close() {
        await Promise.all([...members.values()].map(({ engine }) => engine.close()));
      },
    },
  };
}

/** What is heard of an event on a machine that is gone: only that its attempt is lost. */
function unheard(event: EngineEvent): EngineEvent | null {
  if (event.kind === "outcome") return { kind: "outcome", end: LOST };
  if (event.kind === "split" || event.kind === "report") event.answer("interrupt");
  return event.kind === "final" ? event : null;
}
