"""Optuna behind a pipe, for the benchmarks beside it: one JSON request a line, one JSON answer a line.

{"op": "study", "space": [...], "sampler": name, "seed": n}  a new study; the space as Belay compiles it
{"op": "ask"}                                               {"number": n, "params": {...}}
{"op": "tell", "number": n, "value": v}                     without a value the trial is told as failed
{"op": "speed", "params": d, "history": n, "trials": k}     {"cpuMs": [...]}: process time of each ask + tell
"""
import json, math, os, random, sys, time, warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
import optuna  # noqa: E402

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.CRITICAL)
COMPLETE, FAIL = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.FAIL


def make_sampler(name, seed, space):
    conditional = any(param["when"] for param in space)
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if name == "cmaes":
        return optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
    liar = name.endswith("-liar")
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=conditional, constant_liar=liar)


def suggest(trial, space):
    """Values by name; conditions name their parent by its place in the space, parents come first."""
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


def new_study(sampler):
    return optuna.create_study(sampler=sampler)


def speed(request):
    """CPU of ask, suggest and tell over floats in [-5, 5], after finished trials of random params."""
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
            study = new_study(make_sampler(request["sampler"], request["seed"], space))
        elif request["op"] == "ask":
            trial = study.ask()
            running[trial.number] = trial
            answer = {"number": trial.number, "params": suggest(trial, space)}
        elif request["op"] == "tell":
            value = request.get("value")
            failed = value is None or not math.isfinite(value)
            study.tell(running.pop(request["number"]), None if failed else value, state=FAIL if failed else COMPLETE)
        elif request["op"] == "speed":
            answer = speed(request)
        print(json.dumps(answer), flush=True)


main()
