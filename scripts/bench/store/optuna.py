"""Measures the whole life of a trial in Optuna with SQLite: ask (random, 5 floats), a report, a memory reading, tell."""
import json
import sys
import time

import optuna

path, count = sys.argv[1], int(sys.argv[2])
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.create_study(
    storage=f"sqlite:///{path}", sampler=optuna.samplers.RandomSampler(seed=1), direction="minimize"
)


def live():
    trial = study.ask()
    value = sum(trial.suggest_float(f"x{i}", -5, 5) ** 2 for i in range(5))
    trial.report(value, 0)
    trial.set_user_attr("final_memory", {"rss": 93_000_000, "baseline": 90_000_000, "peak": 190_000_000})
    study.tell(trial, value)


for _ in range(20):
    live()
began = time.perf_counter()
for _ in range(count):
    live()
print(json.dumps({"version": optuna.__version__, "msPerTrial": (time.perf_counter() - began) * 1000 / count}))
