"""The same objective with Optuna, in one process. Prints a line of JSON after each trial.

    optuna_peer.py SECONDS TRIALS SPLITS SEED
"""
import json
import resource
import sys
import time

import objective
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
seconds, trials, splits, seed = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])


def run(trial):
    params = {
        "rate": trial.suggest_float("rate", 1e-4, 1, log=True),
        "depth": trial.suggest_int("depth", 1, 12),
        "kind": trial.suggest_categorical("kind", ["a", "b", "c"]),
    }
    if params["kind"] == "b":
        params["drop"] = trial.suggest_float("drop", 0, 0.9)
    objective.misdeed(trial.number)
    return sum(objective.value(params, fold) for fold in range(splits)) / splits


def tell(study, trial):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    line = {"trials": trial.number + 1, "ms": (time.time() - began) * 1000, "best": study.best_value, "peak": peak}
    print(json.dumps(line), flush=True)


study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed), storage="sqlite:///peer.db")
began = time.time()
study.optimize(run, n_trials=trials, timeout=seconds, callbacks=[tell])
