"""Writes hypervolumes and non-domination ranks that moocore computes for some sets of points.

    python -m venv venv && venv/bin/pip install moocore
    mkdir -p test/core/search/reference
    venv/bin/python scripts/reference/hypervolume.py > test/core/search/reference/hypervolume.json
    npx biome format --write test/core/search/reference

The tests compare Belay's results with the frozen answer, so that they need no Python. Less is better in every dimension.
"""

import json
from importlib.metadata import version

import moocore
import numpy as np


def point_sets(random):
    """Yields points and a reference: fronts, clouds, grids full of ties and duplicates, and points out of reach."""
    for dims in range(2, 7):
        on_sphere = np.abs(random.normal(size=(12, dims)))
        yield 1 - on_sphere / np.linalg.norm(on_sphere, axis=1, keepdims=True), [1.1] * dims
        yield random.uniform(-1, 1, (25, dims)), [0.9] * dims
        yield random.integers(0, 4, (20, dims)).astype(float), [4.0] * dims
        yield random.uniform(0, 1, (15, dims)) * 10.0 ** np.arange(dims), (0.8 * 10.0 ** np.arange(dims)).tolist()
    yield random.uniform(2, 3, (5, 3)), [2.0, 2.0, 2.0]
    yield np.round(random.uniform(0, 1, (80, 2)), 2), [1.0, 1.0]
    yield np.round(random.uniform(0, 1, (80, 3)), 2), [1.0, 1.0, 1.0]


random = np.random.default_rng(7)
cases = []
for points, reference in point_sets(random):
    cases.append(
        {
            "points": points.round(6).tolist(),
            "reference": reference,
            "hypervolume": float(moocore.hypervolume(points.round(6), ref=reference)),
            "ranks": moocore.pareto_rank(points.round(6)).tolist(),
        }
    )
print(json.dumps({"moocore": version("moocore"), "cases": cases}))
