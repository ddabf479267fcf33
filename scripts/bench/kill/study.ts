import { execFileSync } from "node:child_process";
import { pbkdf2Sync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { categorical, defineStudy } from "belay";

// Trials that get stuck, each in its own way. Each writes down when it began, on a clock that all processes share.

/** The ways to get stuck; each function is given the signal of its trial. */
const ways: Readonly<Record<string, (signal: AbortSignal) => number | Promise<number>>> = {
  "js loop": () => {
    for (;;);
  },
  "microtask loop": () => {
    const turn = (): Promise<never> => Promise.resolve().then(turn);
    return turn();
  },
  "native call": () => pbkdf2Sync("a", "b", 400_000_000, 64, "sha512").length,
  "child process": () => execFileSync("sleep", ["1000"]).length,
  "listens to its signal": (signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  "pruned after a split": () => 1,
};

const now = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

export default defineStudy({
  name: "kill",
  direction: "minimize",
  space: { kind: categorical(Object.keys(ways)) },
  splits: () => [0, 1].map((row) => ({ train: [row], validation: [row + 2] })),
  train: ({ params, signal, trial }) => {
    const way = ways[params.kind]!;
    writeFileSync(`${process.env.BELAY_BENCH}/${trial.number}`, String(now()));
    return way(signal);
  },
});
