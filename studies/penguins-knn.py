"""Tells the species of a penguin by its nearest neighbours, in Python without packages.

Run alone: PYTHONPATH=../src/study/templates python3 penguins-knn.py --neighbours=5
"""

import json
import math
import os
import random

import belay

FOLDS = 5
MEASURES = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"]
FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../node_modules/vega-datasets/data/penguins.json")


def load():
    """The penguins with all measures, in an order of chance that is always the same."""
    with open(FILE) as file:
        rows = [row for row in json.load(file) if all(row[name] is not None for name in MEASURES)]
    random.Random(1).shuffle(rows)
    # Within a species in turn, so that each fold has the same share of each.
    return sorted(rows, key=lambda row: row["Species"])


def scaled(rows, known, weights):
    """Measures in standard deviations of the known rows: those to be judged must not have a part in it."""
    columns = []
    for name, weight in zip(MEASURES, weights):
        values = [row[name] for row in known]
        mean = sum(values) / len(values)
        spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
        columns.append([(row[name] - mean) / spread * weight for row in rows])
    return list(zip(*columns))


def species(point, known, labels, params):
    if params["distance"] == "straight":
        away = [(math.dist(point, other), label) for other, label in zip(known, labels)]
    else:
        away = [(sum(abs(a - b) for a, b in zip(point, other)), label) for other, label in zip(known, labels)]
    votes = {}
    for distance, label in sorted(away)[: params["neighbours"]]:
        weight = 1 / (distance + 1e-9) ** params["power"] if params["weighting"] == "distance" else 1
        votes[label] = votes.get(label, 0) + weight
    return max(votes, key=votes.get)


trial = belay.trial({"neighbours": 5, "distance": "straight", "weighting": "equal", "mass": 1.0}, splits=FOLDS)
penguins = load()
weights = [1, 1, 1, trial.params["mass"]]

for split in trial.splits():
    known = [row for i, row in enumerate(penguins) if i % FOLDS != split.index]
    unknown = [row for i, row in enumerate(penguins) if i % FOLDS == split.index]
    points, labels = scaled(known, known, weights), [row["Species"] for row in known]
    guesses = [species(point, points, labels, trial.params) for point in scaled(unknown, known, weights)]
    split.done(sum(guess == row["Species"] for guess, row in zip(guesses, unknown)) / len(unknown))
