"""The same objective with Ray Tune and Optuna's TPE, one trial at a time. Prints a line of JSON after each trial.

    ray_peer.py SECONDS TRIALS SPLITS SEED
"""
import json
import os
import sys
import time

os.environ["RAY_AIR_NEW_OUTPUT"] = "0"
os.environ["RAY_DEDUP_LOGS"] = "0"
import objective
import psutil
import ray
from ray import tune
from ray.tune.search import ConcurrencyLimiter
from ray.tune.search.optuna import OptunaSearch

seconds, trials, splits, seed = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
folder = os.getcwd()


def space(trial):
    trial.suggest_float("rate", 1e-4, 1, log=True)
    trial.suggest_int("depth", 1, 12)
    if trial.suggest_categorical("kind", ["a", "b", "c"]) == "b":
        trial.suggest_float("drop", 0, 0.9)
    return {"number": trial.number}


def run(config):
    sys.path.insert(0, folder)
    import objective

    objective.misdeed(config["number"])
    return {"value": sum(objective.value(config, fold) for fold in range(splits)) / splits}


class Tell(tune.Callback):
    """Tells of each trial, with the memory of all processes of Ray."""

    def __init__(self):
        self.told, self.best, self.peak = 0, None, 0

    def on_trial_result(self, iteration, trials, trial, result, **info):
        processes = [psutil.Process()] + psutil.Process().children(recursive=True)
        self.peak = max(self.peak, sum(each.memory_info().rss for each in processes))
        if "value" in result:
            self.best = result["value"] if self.best is None else min(self.best, result["value"])

    def on_trial_complete(self, iteration, trials, trial, **info):
        self.told += 1
        line = {"trials": self.told, "ms": (time.time() - began) * 1000, "best": self.best, "peak": self.peak}
        print(json.dumps(line), flush=True)


ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
search = OptunaSearch(space=space, metric="value", mode="min", seed=seed)
began = time.time()
tune.Tuner(
    tune.with_resources(run, {"cpu": 1}),
    tune_config=tune.TuneConfig(
        search_alg=ConcurrencyLimiter(search, max_concurrent=1), num_samples=trials, time_budget_s=seconds
    ),
    run_config=tune.RunConfig(storage_path=folder, callbacks=[Tell()], verbose=0),
).fit()
