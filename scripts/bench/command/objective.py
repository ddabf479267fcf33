"""The objective that both sides optimise: five folds of a function of four params, with misdeeds if asked for."""
import math
import os
import random
import time

WORK_S = float(os.environ.get("BENCH_WORK_MS", "0")) / 1000
HELD = []


def value(params, fold):
    time.sleep(WORK_S)
    noise = random.Random(fold).gauss(0, 0.05)
    rate, depth = math.log10(params["rate"]) + 2, params["depth"] - 6
    drop = params.get("drop", 0.2) - 0.3
    kind = {"a": 0.4, "b": 0.0, "c": 0.9}[params["kind"]]
    return rate * rate + 0.05 * depth * depth + 4 * drop * drop + kind + noise


def misdeed(number):
    """One trial in ten keeps 200 MB for ever ("leaks"), or never ends ("hangs")."""
    kind = os.environ.get("BENCH_ROGUES", "")
    if kind == "leaks" and number % 10 == 3:
        HELD.append(bytearray(os.urandom(1)) * 200_000_000)
    if kind == "hangs" and number % 10 == 7:
        while True:
            time.sleep(1)
