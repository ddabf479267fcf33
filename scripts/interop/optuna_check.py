"""Checks with Optuna itself what Belay wrote as a database of Optuna.

optuna_check.py export FILE NDJSON [N]: loads every study of FILE and compares every trial with the lines of NDJSON, which
`belay export --format ndjson` wrote for the same trials; then Optuna's TPE goes on for N trials (default 5).
optuna_check.py make FILE: writes the study `first`, of trials in all states, with conditional params and ranges that change.
optuna_check.py equal A B: every trial of A is in B, with equal values, params, distributions, steps, states, times, attributes.

Prints one JSON document; exits with 1 and says what differs otherwise.
"""

import json
import math
import sys
import warnings
from datetime import datetime

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")

STATES = {"complete": "COMPLETE", "pruned": "PRUNED", "fail": "FAIL", "running": "RUNNING", "waiting": "WAITING"}


def load(path):
    storage = f"sqlite:///{path}"
    names = optuna.get_all_study_names(storage)
    return [optuna.load_study(study_name=name, storage=storage) for name in names]


def same(a, b):
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b


def expect(what, got, wanted):
    if not same(got, wanted):
        sys.exit(f"{what}: expected {wanted!r}, got {got!r}")


def local(text):
    if text is None:
        return None
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at.astimezone().replace(tzinfo=None)


def check_export(path, lines_path, more):
    (study,) = load(path)
    trials = study.get_trials(deepcopy=False)
    with open(lines_path) as file:
        records = [json.loads(line) for line in file]
    expect("trials", len(trials), len(records))
    one_split = (study.user_attrs.get("belay") or {}).get("splits") == 1
    for i, (trial, record) in enumerate(zip(trials, records)):
        waits = record["state"] == "waiting"
        name = f"trial {record['number']}"
        expect(f"{name}: number", trial.number, i)
        expect(f"{name}: belay_number", trial.user_attrs.get("belay_number", i), record["number"])
        expect(f"{name}: state", trial.state.name, STATES[record["state"]])
        expect(f"{name}: values", trial.values or [], record["values"])
        params = trial.system_attrs.get("fixed_params", {}) if waits else trial.params
        expect(f"{name}: params", params, record["params"])
        expect(f"{name}: distributions", set(trial.distributions), set(trial.params))
        expect(f"{name}: constraints", list(trial.constraints.values()), record["constraints"])
        if not one_split:
            splits = {} if waits else {split["split"]: split["value"] for split in record["splits"]}
            expect(f"{name}: steps", trial.intermediate_values, splits)
        expect(f"{name}: start", trial.datetime_start, None if waits else local(record["startedAt"]))
        expect(f"{name}: end", trial.datetime_complete, local(record["finishedAt"]))
        for key in ("reason", "why", "proposer", "detail"):
            expect(f"{name}: {key}", trial.user_attrs.get(key), record[key])
        peak = (record["memory"] or {}).get("peakBytes")
        expect(f"{name}: peak_bytes", trial.user_attrs.get("peak_bytes"), peak)
    best = study.best_value if len(study.directions) == 1 and any(r["state"] == "complete" for r in records) else None
    done = go_on(study, more)
    space = {}
    for trial in trials:
        space.update({name: str(each) for name, each in trial.distributions.items()})
    print(json.dumps({"trials": len(records), "best": best, "space": space, "more": done}))


def go_on(study, more):
    space = {}
    for trial in study.get_trials(deepcopy=False):
        space.update(trial.distributions)
    sampler = optuna.samplers.TPESampler(seed=1)
    going = optuna.load_study(study_name=study.study_name, storage=study._storage, sampler=sampler)
    done = 0
    for _ in range(more):
        trial = going.ask(space)
        values = [float(trial.number)] * len(study.directions)
        going.tell(trial, values)
        done += 1
    return done


def everything(trial):
    return {
        "number": trial.number,
        "state": trial.state.name,
        "values": trial.values,
        "params": trial.params,
        "distributions": trial.distributions,
        "intermediate_values": trial.intermediate_values,
        "datetime_start": trial.datetime_start,
        "datetime_complete": trial.datetime_complete,
        "user_attrs": trial.user_attrs,
        "system_attrs": trial.system_attrs,
    }


def check_equal(a_path, b_path):
    (b,) = load(b_path)
    a = next((study for study in load(a_path) if study.study_name == b.study_name), None)
    if a is None:
        sys.exit(f"{b.study_name}: expected in {a_path}")
    expect("directions", b.directions, a.directions)
    expect("user_attrs", b.user_attrs, a.user_attrs)
    expect("system_attrs", b._storage.get_study_system_attrs(b._study_id), a._storage.get_study_system_attrs(a._study_id))
    pairs = [a.get_trials(deepcopy=False), b.get_trials(deepcopy=False)]
    expect("trials", len(pairs[1]), len(pairs[0]))
    for one, other in zip(*pairs):
        wanted, got = everything(one), everything(other)
        for key in wanted:
            expect(f"trial {one.number}: {key}", got[key], wanted[key])
    print(json.dumps({"trials": len(pairs[0])}))


def make(path):
    study = optuna.create_study(study_name="first", storage=f"sqlite:///{path}", sampler=optuna.samplers.RandomSampler(seed=1))
    study.set_user_attr("note", {"by": "hand", "odd": float("nan")})

    def objective(trial):
        high = 1.0 if trial.number < 20 else 2.0
        x = trial.suggest_float("x", 0.0, high)
        rate = trial.suggest_float("rate", 1e-5, 1e-1, log=True)
        trial.suggest_int("units", 1, 9, step=2)
        kind = trial.suggest_categorical("kind", ["adam", "sgd", None, True, 3, 1.5])
        if kind == "sgd":
            trial.suggest_float("momentum", 0.0, 0.9, step=0.1)
        for step in (0, 3, 7):
            trial.report([x, float("nan"), float("inf")][step % 3] if trial.number % 5 == 0 else x * step, step)
        trial.set_constraint("small", x - 0.75)
        trial.set_user_attr("odd", [1, "two", None, float("inf")])
        if trial.number % 7 == 3:
            raise optuna.TrialPruned()
        if trial.number % 7 == 5:
            raise ValueError("x")
        return float("-inf") if trial.number == 11 else (x - 0.5) ** 2 + rate

    study.enqueue_trial({"x": 0.25})
    study.optimize(objective, n_trials=40, catch=(ValueError,))
    study.ask().suggest_float("x", 0.0, 1.0)
    study.enqueue_trial({"x": 0.75, "units": 3, "kind": "sgd"})
    print(json.dumps({"trials": len(study.get_trials(deepcopy=False))}))


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "export":
        check_export(rest[0], rest[1], int(rest[2]) if len(rest) > 2 else 5)
    elif command == "make":
        make(rest[0])
    elif command == "equal":
        check_equal(rest[0], rest[1])
    else:
        sys.exit(f"expected export, make or equal, got {command}")
