import { type Engine, type EngineEvent, type Machine, type TrialTask, wakes } from "../core/engine.ts";

/** A machine of a fleet. */
interface Member {
  readonly engine: Engine;
  readonly machine: Machine;
  /** What is added to the numbers of its slots, so that no two slots of the fleet have the same one. */
  readonly firstSlot: number;
}

/** No machine of a fleet has more slots. */
const MOST_SLOTS = 1_000;

/** Several simulated machines as one engine. */
export interface Fleet {
  readonly engine: Engine;
  /** Adds an engine of one machine, whose name no other has. */
  join(engine: Engine): void;
}

/** Creates a fleet without a machine. Each trial runs on the machine that its task names. */
export function fleet(): Fleet {
  const members = new Map<string, Member>();
  const changes = wakes();
  let joined = 0;

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const member = members.get(task.machine ?? "");
    if (!member) throw new Error(`simulation: expected a machine of the fleet, got ${task.machine}`);
    for await (const event of member.engine.run(task, signal))
      yield event.kind === "started" ? { ...event, slot: member.firstSlot + event.slot } : event;
  }

  function each(act: (engine: Engine) => void): void {
    for (const { engine } of members.values()) act(engine);
  }

  return {
    join(engine) {
      const machine = engine.machines()[0]!;
      if (members.has(machine.name)) throw new Error(`simulation: expected a new name, got ${machine.name}`);
      members.set(machine.name, { engine, machine, firstSlot: MOST_SLOTS * joined++ });
      engine.subscribe(changes.wake);
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
