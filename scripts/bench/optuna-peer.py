"""Optuna behind a pipe, for the benchmarks beside it: one JSON request a line, one JSON answer a line.

{"op": "study", "space": [...], "sampler": name, "seed": n}  a new study; the space as Belay compiles it;
                                                            "pruner": name and "splits": n where trials have splits
{"op": "ask"}                                               {"number": n, "params": {...}}
{"op": "report", "number": n, "step": k, "value": v}        {"prune": whether the pruner stops the trial}
{"op": "tell", "number": n, "value": v}                     without a value the trial is told as failed; "pruned": true
{"op": "speed", "params": d, "history": n, "trials": k}     {"cpuMs": [...]}: process time of each ask + tell
"""
import json, math, os, random, sys, time, warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
import optuna  # noqa: E402

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.CRITICAL)
STATES = optuna.trial.TrialState


def make_sampler(name, seed, space):
    conditional = any(param["when"] for param in space)
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if name == "cmaes":
        return optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
    liar = name.endswith("-liar")
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=conditional, constant_liar=liar)


def suggest(trial, space):
    """Suggests the values, by name. A condition names its parent by position in the space; parents come first."""
    params = {}
    for param in space:
        own, name = param["distribution"], param["name"]
        active = True
        for condition in param["when"]:
            parent = space[condition["parent"]]
            allowed = condition["values"]
            if parent["distribution"]["kind"] == "categorical":
                allowed = [parent["distribution"]["choices"][i] for i in allowed]
            active = active and parent["name"] in params and params[parent["name"]] in allowed
        if not active:
            continue
        if own["kind"] == "categorical":
            params[name] = trial.suggest_categorical(name, own["choices"])
        elif own["kind"] == "int":
            params[name] = trial.suggest_int(name, own["low"], own["high"], step=own["step"], log=own["log"])
        else:
            params[name] = trial.suggest_float(name, own["low"], own["high"], step=own["step"], log=own["log"])
    return params


def make_pruner(name, splits):
    if name == "wilcoxon":
        return optuna.pruners.WilcoxonPruner(p_threshold=0.1)
    if name == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=splits)
    return optuna.pruners.MedianPruner() if name == "median" else optuna.pruners.NopPruner()


def new_study(sampler, pruner=None):
    return optuna.create_study(sampler=sampler, pruner=pruner)


def speed(request):
    """CPU time of ask, suggest and tell over floats in [-5, 5], after finished trials of random params."""
    floats = {f"x{i}": optuna.distributions.FloatDistribution(-5, 5) for i in range(request["params"])}
    study = new_study(make_sampler(request["sampler"], 0, []))
    draw = random.Random(1)
    for _ in range(request["history"]):
        params = {name: draw.uniform(-5, 5) for name in floats}
        value = sum(v * v for v in params.values())
        study.add_trial(optuna.trial.create_trial(params=params, distributions=floats, value=value))
    cpu = []
    for _ in range(request["trials"]):
        start = time.process_time()
        trial = study.ask()
        value = sum(trial.suggest_float(name, -5, 5) ** 2 for name in floats)
        study.tell(trial, value)
        cpu.append((time.process_time() - start) * 1e3)
    return {"cpuMs": cpu}


def main():
    study, space, running = None, [], {}
    for line in sys.stdin:
        request = json.loads(line)
        answer = {}
        if request["op"] == "version":
            answer = {"optuna": optuna.__version__, "python": sys.version.split()[0]}
        elif request["op"] == "study":
            space, running = request["space"], {}
            pruner = make_pruner(request.get("pruner"), request.get("splits"))
            study = new_study(make_sampler(request["sampler"], request["seed"], space), pruner)
        elif request["op"] == "ask":
            trial = study.ask()
            running[trial.number] = trial
            answer = {"number": trial.number, "params": suggest(trial, space)}
        elif request["op"] == "tell":
            value = request.get("value")
            failed = value is None or not math.isfinite(value)
            state = STATES.PRUNED if request.get("pruned") else STATES.FAIL if failed else STATES.COMPLETE
            told = value if state == STATES.COMPLETE else None
            study.tell(running.pop(request["number"]), told, state=state)
        elif request["op"] == "report":
            trial = running[request["number"]]
            trial.report(request["value"], request["step"])
            answer = {"prune": bool(trial.should_prune())}
        elif request["op"] == "speed":
            answer = speed(request)
        print(json.dumps(answer), flush=True)


main()
