"""Classifies points of two half moons: the nearest neighbours of a point vote for its class.

Run alone, `python3 NAME.py --neighbours=5` trains with these params and prints the values.
"""

import math
import random

import belay

FOLDS = 5


def half_moons(count, seed):
    chance = random.Random(seed)
    points, labels = [], []
    for row in range(count):
        angle, label = math.pi * chance.random(), row % 2
        x, y = math.cos(angle), math.sin(angle)
        if label:
            x, y = 1 - x, 0.5 - y
        points.append((x + chance.gauss(0, 0.3), y + chance.gauss(0, 0.3)))
        labels.append(label)
    return points, labels


def accuracy(points, labels, train, validation, params):
    right = 0
    for row in validation:
        x, y = points[row]
        away = sorted((math.hypot(x - points[other][0], y - points[other][1]), labels[other]) for other in train)
        vote = 0.0
        for distance, label in away[: params["neighbours"]]:
            weight = 1.0
            if params["weighting"] == "distance":
                weight = 1 / (distance + 1e-9) ** params["power"]
            vote += weight if label else -weight
        right += (vote > 0) == (labels[row] == 1)
    return right / len(validation)


# The params of a run without Belay. A study's trials have the params that its sampler proposes.
trial = belay.trial({"neighbours": 5, "weighting": "equal"}, splits=FOLDS)
points, labels = half_moons(300, seed=0)  # loaded once for all splits of a trial

for split in trial.splits():
    validation = [row for row in range(len(points)) if row // 2 % FOLDS == split.index]
    train = [row for row in range(len(points)) if row // 2 % FOLDS != split.index]
    # A longer training calls split.report(step, value) as it goes on; a trial that is pruned ends there.
    split.done(accuracy(points, labels, train, validation, trial.params))
