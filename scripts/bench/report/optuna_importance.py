"""The importance of params by Optuna's PED-ANOVA, for bench:importance: a study as JSON on stdin, shares on stdout."""

import json
import math
import sys
import warnings

import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
study_json = json.load(sys.stdin)
target = study_json["target"]


def distribution(param):
    if param["kind"] == "categorical":
        return optuna.distributions.CategoricalDistribution(param["choices"])
    if param["kind"] == "int":
        return optuna.distributions.IntDistribution(param["low"], param["high"], log=param["log"], step=param["step"])
    return optuna.distributions.FloatDistribution(param["low"], param["high"], log=param["log"], step=param["step"])


distributions = {param["name"]: distribution(param) for param in study_json["space"]}
# Optuna knows complete trials only, so those that a limit ended are complete here when the target takes them as well.
ended_by = {"duration": ("split-timeout", "trial-timeout"), "memory": ("memory-limit", "memory-reserve", "heap")}
study = optuna.create_study(directions=study_json["directions"])
for trial in study_json["trials"]:
    if trial["state"] != "complete" and trial["reason"] not in ended_by.get(target, ()):
        continue
    study.add_trial(
        optuna.trial.create_trial(
            values=trial["values"] or [0.0] * len(study_json["directions"]),
            params=trial["params"],
            distributions={name: distributions[name] for name in trial["params"]},
            user_attrs={"duration": trial["durationMs"], "memory": (trial["memory"] or {}).get("peakBytes")},
        )
    )


def cost(trial):
    if target in ("duration", "memory"):
        return -trial.user_attrs[target]
    objective = int(target.split(".")[1])
    return trial.values[objective] * (1 if study_json["directions"][objective] == "minimize" else -1)


evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.1, region_quantile=1.0, evaluate_on_local=True)
found = evaluator.evaluate(study, target=None if target == "value" else cost)
total = math.fsum(found.values())
print(json.dumps({name: value / total for name, value in found.items()}))
