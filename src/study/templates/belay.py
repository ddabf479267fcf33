"""Connects a training program to Belay. One file, for Python 3.8 or newer, without other packages.

    import belay

    trial = belay.trial({"rate": 0.1}, splits=5)   # these params and splits hold when it runs without Belay
    for split in trial.splits():
        for step in range(10):
            split.report(step, loss)               # ends the program here if the trial is pruned
        split.done(value)

Keep this file beside the program. Run alone, `python3 train.py --rate=0.2` trains with the given params and prints
the values.
"""

import json
import math
import os
import pickle
import signal
import sys

__all__ = ["Ended", "Pruned", "Split", "Trial", "trial"]

PROTOCOL = 1


class Ended(SystemExit):
    """Raised where the program is when it must end. It is no Exception, so `except Exception` does not stop it."""


class Pruned(Ended):
    """Raised by `report` when the trial is pruned."""


class Split:
    """One division of the data."""

    def __init__(self, trial, index, seed):
        self._trial = trial
        #: From 0.
        self.index = index
        #: A whole number for this trial and split alone; it is the same when the split runs again.
        self.seed = seed
        self._is_done = False

    def report(self, step, value):
        """Reports progress: the value reached at a step. Raises Pruned if the trial is pruned."""
        self._trial._report(self, step, value)

    def done(self, value, constraints=None):
        """The result of the split: a number, or a list with one for each direction.

        The trial is feasible when each of the constraints is 0 or less.
        """
        if self._is_done:
            raise RuntimeError("split %d: expected one call of done, got two" % self.index)
        self._is_done = True
        values = [float(each) for each in value] if hasattr(value, "__iter__") else [float(value)]
        self._trial._done(self, values, [float(each) for each in constraints or []])


class Trial:
    """A trial: its params, its splits, and what it keeps for its next attempt."""

    def __init__(self, defaults, splits):
        given = os.environ.get("BELAY_PARAMS")
        self._speaks = "BELAY_WRITE_FD" in os.environ
        #: Whether Belay has started this program.
        self.is_alone = given is None
        #: The chosen params by name.
        self.params = dict(json.loads(given)) if given else _from_arguments(dict(defaults))
        #: The number of the trial, from 0, and of the attempt at it, from 1.
        self.number = int(os.environ.get("BELAY_TRIAL", 0))
        self.attempt = int(os.environ.get("BELAY_ATTEMPT", 1))
        #: How many splits the trial has.
        self.split_count = int(os.environ.get("BELAY_SPLITS", splits))
        self._folder = os.environ.get("BELAY_CHECKPOINT", "checkpoint")
        self._values = []
        if not self.is_alone:
            signal.signal(signal.SIGTERM, _end)
        if self._speaks:
            self._open()

    def splits(self):
        """The splits that are still to do. Call `done` of each before the next one."""
        split = None
        for split in self._said() if self._speaks else self._alone():
            yield split
            if not split._is_done:
                raise RuntimeError("split %d: expected a call of done, got none" % split.index)
        if self.is_alone and len(self._values) > 1:
            columns = zip(*self._values)
            print("mean: %s" % ", ".join("%g" % (sum(column) / len(column)) for column in columns))

    @property
    def checkpoint(self):
        """A folder for files that the trial's next attempt needs if this one is cut short. It is made if need be."""
        os.makedirs(self._folder, exist_ok=True)
        return self._folder

    def save(self, name, data):
        """Keeps data for the trial's next attempt, by pickle. An earlier save under that name stays until it is whole."""
        path = os.path.join(self.checkpoint, name + ".pickle")
        draft = "%s.%d" % (path, os.getpid())
        with open(draft, "wb") as file:
            pickle.dump(data, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)

    def load(self, name, default=None):
        """What was last saved under that name, by this attempt or an earlier one."""
        try:
            with open(os.path.join(self._folder, name + ".pickle"), "rb") as file:
                return pickle.load(file)
        except FileNotFoundError:
            return default

    def _open(self):
        read, self._write = int(os.environ["BELAY_READ_FD"]), int(os.environ["BELAY_WRITE_FD"])
        for number in (read, self._write):
            os.set_inheritable(number, False)
        self._lines = os.fdopen(read, encoding="utf-8")
        self._say(kind="hello", protocol=PROTOCOL)
        welcome = self._hear("welcome")
        self.params = dict(welcome["params"])
        self._folder = welcome["checkpoint"]

    def _said(self):
        while True:
            message = self._hear("split", "bye")
            if message["kind"] == "bye":
                return
            yield Split(self, message["split"], message["seed"])

    def _alone(self):
        first = int(os.environ.get("BELAY_SPLIT", 0))
        last = self.split_count if self.is_alone else first + 1
        for index in range(first, last):
            yield Split(self, index, int(os.environ.get("BELAY_SEED", index)))

    def _report(self, split, step, value):
        if self._speaks:
            self._say(kind="report", step=_number(step), value=_number(value))
            if self._hear("verdict")["answer"] == "prune":
                raise Pruned(0)
        elif self.is_alone:
            print("split %d, step %g: %g" % (split.index, step, value))

    def _done(self, split, values, constraints):
        self._values.append(values)
        if self._speaks:
            self._say(
                kind="value",
                values=[_number(value) for value in values],
                constraints=[_number(each) for each in constraints],
            )
        elif self.is_alone:
            print("split %d: %s" % (split.index, ", ".join("%g" % value for value in values)))
        else:
            result = {"values": [_number(value) for value in values]}
            print(json.dumps(dict(result, constraints=constraints) if constraints else result))

    def _say(self, **message):
        data = (json.dumps(message) + "\n").encode()
        try:
            while data:
                data = data[os.write(self._write, data) :]
        except OSError:
            raise Ended(0) from None

    def _hear(self, *kinds):
        line = self._lines.readline()
        if not line:
            raise Ended(0)
        message = json.loads(line)
        if message.get("kind") not in kinds:
            raise RuntimeError("expected %s of Belay, got %r" % (" or ".join(kinds), message.get("kind")))
        return message


def trial(defaults=None, splits=1):
    """The trial that this program runs.

    Without Belay it has these params, unless the command line has others (`--rate=0.2`), and so many splits.
    """
    return Trial(defaults or {}, splits)


def _number(value):
    """A number as JSON can hold it: NaN and infinities as text."""
    value = float(value)
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _from_arguments(params):
    for argument in sys.argv[1:]:
        name, found, text = argument.partition("=")
        if not found or not name.startswith("--"):
            raise SystemExit("%s: expected params such as --rate=0.2, got %r" % (sys.argv[0], argument))
        try:
            params[name[2:]] = json.loads(text)
        except ValueError:
            params[name[2:]] = text
    return params


def _end(_signal, _frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Ended(143)
