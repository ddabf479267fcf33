"""Writes the minima within bounds that scipy's L-BFGS-B finds, and how often it evaluates the function.

    python -m venv venv && venv/bin/pip install scipy
    mkdir -p test/core/numeric/reference
    venv/bin/python scripts/reference/lbfgsb.py > test/core/numeric/reference/lbfgsb.json
    npx biome format --write test/core/numeric/reference

The tests minimise the same functions from the same starts, and compare with the frozen answer, so that they need no Python.
Gradients are central differences here and there; an evaluation is one of value and gradient.
"""

import json

import numpy as np
import scipy
from scipy.optimize import minimize

exp, log, sin, cos, pi = np.exp, np.log, np.sin, np.cos, np.pi


def ordinals(x):
    return np.arange(1, len(x) + 1)


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def beale(x):
    return sum((c - x[0] + x[0] * x[1] ** (k + 1)) ** 2 for k, c in enumerate([1.5, 2.25, 2.625]))


def bowl(x):
    return np.sum(ordinals(x) * (x - 0.3 * (ordinals(x) - 1)) ** 2)


def stretched(x):
    return np.sum(10.0 ** (ordinals(x) - 1) * (x - 0.1 * (ordinals(x) - 1)) ** 2)


def turned(x):
    # A bowl whose axes do not lie along the variables, with its bottom at 1, -1, 1, ...
    y = x + (-1.0) ** ordinals(x)
    return np.sum(ordinals(x) * y**2) + np.sum(y) ** 2 + 5 * np.sum(np.diff(y) ** 2)


def powell(x):
    a, b, c, d = x
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def wood(x):
    a, b, c, d = x
    valleys = 100 * (b - a**2) ** 2 + (1 - a) ** 2 + 90 * (d - c**2) ** 2 + (1 - c) ** 2
    return valleys + 10 * (b + d - 2) ** 2 + 0.1 * (b - d) ** 2


def styblinski(x):
    return 0.5 * np.sum(x**4 - 16 * x**2 + 5 * x)


def booth(x):
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


def himmelblau(x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def camel(x):
    a, b = x
    return 2 * a**2 - 1.05 * a**4 + a**6 / 6 + a * b + b**2


def mccormick(x):
    return sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1


def branin(x):
    a, b = x
    return (b - 5.1 / (4 * pi**2) * a**2 + 5 / pi * a - 6) ** 2 + 10 * (1 - 1 / (8 * pi)) * cos(a) + 10


def trid(x):
    return np.sum((x - 1) ** 2) - np.sum(x[1:] * x[:-1])


def zakharov(x):
    s = np.sum(0.5 * ordinals(x) * x)
    return np.sum(x**2) + s**2 + s**4


def dixon(x):
    return (x[0] - 1) ** 2 + np.sum(ordinals(x)[1:] * (2 * x[1:] ** 2 - x[:-1]) ** 2)


def exponential(x):
    return np.sum(exp(x) - ordinals(x) * x)


def logistic(x):
    # The loss of a logistic regression whose data are waves.
    rows = np.array([[sin(1.7 * i * (k + 1)) for k in range(len(x))] for i in range(1, 21)])
    signs = np.where(np.arange(1, 21) % 3 == 0, -1, 1)
    return np.sum(log(1 + exp(-signs * (rows @ x)))) + 0.05 * np.sum(x**2)


def plane(x):
    return x[0] - 2 * x[1] + 3 * x[2]


def barrier(x):
    # Steep towards 0, the lower bound, where it is infinite.
    return np.sum(x - ordinals(x) * log(x))


# Name, function, lower bounds, upper bounds, start.
CASES = [
    ("rosenbrock", rosenbrock, [-2.0] * 4, [2.0] * 4, [-1.2, 1, -1.2, 1]),
    ("rosenbrock, cut off", rosenbrock, [-2.0] * 4, [0.8] * 4, [-1.2, 0.5, -1.2, 0.5]),
    ("rosenbrock, 10 variables", rosenbrock, [-5.0] * 10, [5.0] * 10, [-1.0] * 10),
    ("beale", beale, [-4.5] * 2, [4.5] * 2, [1.0, 1.0]),
    ("beale, cut off", beale, [-4.5] * 2, [2.5, 4.5], [1.0, 1.0]),
    ("bowl", bowl, [-1.0] * 4, [0.5] * 4, [-1.0] * 4),
    ("stretched", stretched, [-3.0] * 7, [3.0] * 7, [-2.0] * 7),
    ("turned", turned, [-3.0] * 8, [3.0, 0.5] * 4, [-2.0] * 8),
    ("turned, cut off", turned, [-0.5] * 8, [0.5] * 8, [0.1] * 8),
    ("powell", powell, [-4.0] * 4, [5.0] * 4, [3.0, -1, 0, 1]),
    ("wood", wood, [-10.0] * 4, [10.0] * 4, [-3.0, -1, -3, -1]),
    ("styblinski", styblinski, [-5.0] * 6, [5.0] * 6, [-1.0] * 6),
    ("styblinski, cut off", styblinski, [-2.0] * 6, [5.0] * 6, [-1.0] * 6),
    ("booth", booth, [-10.0] * 2, [10.0] * 2, [-5.0, 5]),
    ("himmelblau", himmelblau, [-5.0] * 2, [5.0] * 2, [1.0, 1]),
    ("camel", camel, [-5.0] * 2, [5.0] * 2, [0.5, -1]),
    ("mccormick", mccormick, [-1.5, -3], [4.0, 4], [0.0, 0]),
    ("branin", branin, [-5.0, 0], [10.0, 15], [2.0, 5]),
    ("trid", trid, [-36.0] * 6, [36.0] * 6, [0.0] * 6),
    ("zakharov", zakharov, [-5.0] * 5, [10.0] * 5, [2.0] * 5),
    ("dixon", dixon, [-10.0] * 5, [10.0] * 5, [3.0] * 5),
    ("exponential", exponential, [-2.0] * 10, [2.0] * 10, [0.0] * 10),
    ("logistic", logistic, [-1.0] * 6, [1.0] * 6, [0.0] * 6),
    ("plane", plane, [-1.0] * 3, [2.0] * 3, [0.2] * 3),
    ("barrier", barrier, [1e-3] * 5, [3.5] * 5, [0.1] * 5),
]


def gradient(f):
    def central(x):
        slopes = np.empty(len(x))
        for i in range(len(x)):
            step = np.zeros(len(x))
            step[i] = 1e-6 * max(1, abs(x[i]))
            slopes[i] = (f(x + step) - f(x - step)) / (2 * step[i])
        return slopes

    return central


results = []
for name, f, low, high, start in CASES:
    found = minimize(
        f,
        np.array(start, dtype=float),
        jac=gradient(f),
        method="L-BFGS-B",
        bounds=list(zip(low, high)),
        options={"maxcor": 8, "gtol": 1e-5, "ftol": 0, "maxiter": 1000, "maxls": 20},
    )
    results.append(
        {
            "name": name,
            "low": low,
            "high": high,
            "start": start,
            "x": found.x.tolist(),
            "value": float(found.fun),
            "evaluations": int(found.nfev),
        }
    )
print(json.dumps({"scipy": scipy.__version__, "cases": results}))
