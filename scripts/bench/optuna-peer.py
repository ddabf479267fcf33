"""Optuna behind a pipe, for the benchmarks beside it: one JSON request a line, one JSON answer a line.

{"op": "version"}                                           {"optuna": ..., "python": ..., "samplers": their names,
                                                            "missing": those that cannot run here}
{"op": "study", "space": [...], "sampler": name, "seed": n}  a new study; the space as Belay compiles it;
                                                            "pruner": name and "splits": n where trials have splits;
                                                            "objectives": n, "constrained": true where trials have them
{"op": "ask"}                                               {"number": n, "params": {...}}
{"op": "report", "number": n, "step": k, "value": v}        {"prune": whether the pruner stops the trial}
{"op": "tell", "number": n, "value": v}                     v: a number or a list; without it the trial is told as failed,
                                                            or as pruned with "pruned": true; "constraints": [...]
{"op": "cost"}                                              {"cpuMs": process time of the study's asks and tells}
{"op": "speed", "params": d, "history": n, "trials": k}     {"cpuMs": [...]}: process time of each ask + tell
"""
import importlib.util, json, math, os, random, sys, time, warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
import optuna  # noqa: E402
from optuna_auto import AutoSampler  # noqa: E402

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.CRITICAL)
STATES = optuna.trial.TrialState


PACKAGES = {"cmaes": "cmaes", "gp": "torch", "auto": "torch"}
"""What a sampler needs besides Optuna. An unknown sampler is refused when it is made."""


def sampler_makers(seed, space, objectives, constrained):
    """The samplers by name; `tpe` is as in version 4, `tpe-default` as in version 5."""
    s, conditional = optuna.samplers, any(param["when"] for param in space)

    def multivariate(liar):
        return s.TPESampler(seed=seed, multivariate=True, group=conditional, constant_liar=liar)

    return {
        "random": lambda: s.RandomSampler(seed=seed),
        "qmc": lambda: s.QMCSampler(seed=seed, scramble=True, warn_independent_sampling=False),
        "cmaes": lambda: s.CmaEsSampler(seed=seed, warn_independent_sampling=False),
        "gp": lambda: s.GPSampler(seed=seed, warn_independent_sampling=False),
        "nsga2": lambda: s.NSGAIISampler(seed=seed),
        "nsga3": lambda: s.NSGAIIISampler(seed=seed),
        "tpe": lambda: s.TPESampler(seed=seed, multivariate=False, constant_liar=False),
        "tpe-default": lambda: s.TPESampler(seed=seed, warn_independent_sampling=False),
        "tpe-multivariate": lambda: multivariate(False),
        "tpe-multivariate-liar": lambda: multivariate(True),
        "auto": lambda: AutoSampler(seed, space, objectives, constrained),
    }


def make_sampler(name, seed, space, objectives=1, constrained=False):
    makers = sampler_makers(seed, space, objectives, constrained)
    if name not in makers:
        sys.exit(f"sampler: expected one of {', '.join(makers)}, got {name}")
    if name in PACKAGES:
        importlib.import_module(PACKAGES[name])  # now, so that its time is not counted as that of an ask
    return makers[name]()


def missing():
    return [name for name, package in PACKAGES.items() if importlib.util.find_spec(package) is None]


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


def new_study(sampler, pruner=None, objectives=1):
    return optuna.create_study(sampler=sampler, pruner=pruner, directions=["minimize"] * objectives)


def tell(study, trial, request):
    value = request.get("value")
    values = value if isinstance(value, list) else [value]
    failed = any(v is None or not math.isfinite(v) for v in values)
    state = STATES.PRUNED if request.get("pruned") else STATES.FAIL if failed else STATES.COMPLETE
    for i, constraint in enumerate(request.get("constraints", [])):
        trial.set_constraint(str(i), constraint)
    study.tell(trial, values if state == STATES.COMPLETE else None, state=state)


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
    study, space, running, cpu = None, [], {}, 0.0
    for line in sys.stdin:
        request = json.loads(line)
        answer, start = {}, time.process_time()
        if request["op"] == "version":
            names = list(sampler_makers(0, [], 1, False))
            answer = {"optuna": optuna.__version__, "python": sys.version.split()[0]}
            answer.update(samplers=names, missing=missing())
        elif request["op"] == "study":
            space, running, cpu = request["space"], {}, 0.0
            objectives = request.get("objectives", 1)
            pruner = make_pruner(request.get("pruner"), request.get("splits"))
            sampler = make_sampler(
                request["sampler"], request["seed"], space, objectives, request.get("constrained", False)
            )
            study = new_study(sampler, pruner, objectives)
        elif request["op"] == "ask":
            trial = study.ask()
            running[trial.number] = trial
            answer = {"number": trial.number, "params": suggest(trial, space)}
            cpu += time.process_time() - start
        elif request["op"] == "tell":
            tell(study, running.pop(request["number"]), request)
            cpu += time.process_time() - start
        elif request["op"] == "report":
            trial = running[request["number"]]
            trial.report(request["value"], request["step"])
            answer = {"prune": bool(trial.should_prune())}
        elif request["op"] == "cost":
            answer = {"cpuMs": cpu * 1e3}
        elif request["op"] == "speed":
            answer = speed(request)
        print(json.dumps(answer), flush=True)


main()
