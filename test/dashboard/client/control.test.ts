import { expect, test } from "vitest";
import { commandLine } from "../../../src/dashboard/client/state/commands.ts";
import {
  continueAction,
  enqueueAction,
  invalidateAction,
  killAction,
  pauseAction,
  resumeAction,
  setAction,
  stopAction,
  validateAction,
} from "../../../src/dashboard/client/views/control/action.ts";
import {
  givenParams,
  isActive,
  writtenOf,
} from "../../../src/dashboard/client/views/control/given-params.ts";
import type { StudyHeadJson } from "../../../src/report/page/page.ts";

test("Each order has a sentence, and the command that does the same", () => {
  const actions = [
    pauseAction("s"),
    resumeAction("s"),
    stopAction("s", 2),
    killAction("s", 7),
    setAction("s", ["workers=4", "splitTimeout=none"]),
    enqueueAction("s", { x: 0.5 }, true),
    invalidateAction("s", 7, "the data were wrong"),
    validateAction("s", 7),
  ];
  expect(actions.map(({ words }) => commandLine(...words))).toEqual([
    "belay pause s",
    "belay resume s",
    "belay stop s",
    "belay kill s 7",
    "belay set s workers=4 splitTimeout=none",
    `belay enqueue s '{"x":0.5}' --add`,
    "belay invalidate s 7 --reason 'the data were wrong'",
    "belay invalidate s 7 --undo",
  ]);
  expect(actions.map(({ order }) => order?.kind)).toEqual([
    ...["pause", "resume", "stop", "kill", "set", "enqueue", "invalidate", "validate"],
  ]);
  for (const { text } of actions) expect(text).toMatch(/^[A-Z].*\.$/);
});

test("Nothing is ordered before anything is filled in, and only a terminal goes on with a study that nobody runs", () => {
  expect(setAction("s", []).order).toBeNull();
  const resume = { text: "runs 40 trials more", command: "belay resume s --db a.db" };
  expect(continueAction("s", resume)).toMatchObject({ order: null, command: resume.command });
});

const params: StudyHeadJson["params"] = [
  { name: "rate", distribution: { kind: "float", low: 0, high: 1, log: false, step: null }, when: [] },
  { name: "optimizer", distribution: { kind: "categorical", choices: ["adam", "sgd", null, 3] }, when: [] },
  {
    name: "momentum",
    distribution: { kind: "float", low: 0, high: 1, log: false, step: null },
    when: [{ param: "optimizer", values: ["sgd"] }],
  },
];

test("A form gives back the params that it was filled with; what is empty is left to the sampler", () => {
  const given = { rate: 0.25, optimizer: null };
  const written = writtenOf(params, given);
  expect(written).toEqual({ rate: "0.25", optimizer: "2", momentum: "" });
  expect(givenParams(params, written)).toEqual(given);
  expect(givenParams(params, { ...written, optimizer: "3", rate: "1e-3" })).toEqual({
    rate: 1e-3,
    optimizer: 3,
  });
  expect(givenParams(params, { rate: "a lot" })).toEqual({ rate: "a lot" });
});

test("A param that does not exist beside the others is not given", () => {
  const momentum = params[2]!;
  const written = { rate: "", optimizer: "0", momentum: "0.9" };
  expect(isActive(momentum, params, written)).toBe(false);
  expect(givenParams(params, written)).toEqual({ optimizer: "adam" });
  expect(givenParams(params, { ...written, optimizer: "1" })).toEqual({ optimizer: "sgd", momentum: 0.9 });
  expect(isActive(momentum, params, { ...written, optimizer: "" })).toBe(true);
});
