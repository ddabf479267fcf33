"""A sampler that chooses among Optuna's own by the rules that Optuna's AutoSampler is known to follow. Not its code."""
import importlib.util

from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, NSGAIIISampler, NSGAIISampler, TPESampler
from optuna.trial import TrialState

SWITCH = 250
"""After this many complete trials the first sampler hands over to one that stays fast."""


def complete_trials(study):
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def genetic(base):
    """A genetic sampler whose first generation are the trials that another sampler proposed."""

    class Continuing(base):
        def get_population(self, study, generation):
            if generation > 0:
                return super().get_population(study, generation)
            return [t for t in complete_trials(study) if self._get_generation_key() not in t.system_attrs]

        def get_trial_generation(self, study, trial):
            key = self._get_generation_key()
            if any(key in t.system_attrs for t in complete_trials(study)):
                return super().get_trial_generation(study, trial)
            study._storage.set_trial_system_attr(trial._trial_id, key, 1)
            return 1

    return Continuing


class AutoSampler(BaseSampler):
    """
    One objective: TPE for good in a space with categoricals or conditions; else GP, and after 250 complete trials
    CMA-ES, which starts from them (TPE with constraints, or where cmaes is not installed). Several objectives: GP, or TPE
    with categoricals, conditions or more than three objectives, and after 250 trials NSGA-II, or NSGA-III from four
    objectives on.
    """

    def __init__(self, seed, space, objectives, constrained):
        self._seed, self._objectives = seed, objectives
        self._plain = not any(p["when"] or p["distribution"]["kind"] == "categorical" for p in space)
        self._late = "tpe" if constrained or importlib.util.find_spec("cmaes") is None else "cmaes"
        self._made, self._current, self._proposers = {}, None, {}

    def _choose(self, study):
        switch = len(complete_trials(study)) >= SWITCH
        if self._objectives > 1:
            if switch:
                return "nsga2" if self._objectives < 4 else "nsga3"
            return "gp" if self._plain and self._objectives < 4 else "tpe"
        if not self._plain:
            return "tpe"
        return self._late if switch else "gp"

    def _make(self, name, study):
        if name == "gp":
            return GPSampler(seed=self._seed, warn_independent_sampling=False)
        if name == "cmaes":
            first = complete_trials(study)[:SWITCH]
            return CmaEsSampler(seed=self._seed, source_trials=first, warn_independent_sampling=False)
        if name == "nsga2":
            return genetic(NSGAIISampler)(seed=self._seed)
        if name == "nsga3":
            return genetic(NSGAIIISampler)(seed=self._seed)
        return TPESampler(seed=self._seed, multivariate=True, constant_liar=True, warn_independent_sampling=False)

    def before_trial(self, study, trial):
        name = self._choose(study)
        if name not in self._made:
            self._made[name] = self._make(name, study)
        self._current = self._proposers[trial.number] = self._made[name]
        self._current.before_trial(study, trial)

    def infer_relative_search_space(self, study, trial):
        return self._current.infer_relative_search_space(study, trial)

    def sample_relative(self, study, trial, search_space):
        return self._current.sample_relative(study, trial, search_space)

    def sample_independent(self, study, trial, name, distribution):
        return self._current.sample_independent(study, trial, name, distribution)

    def after_trial(self, study, trial, state, values):
        self._proposers.pop(trial.number).after_trial(study, trial, state, values)
