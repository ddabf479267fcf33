"""Writes the results of scikit-learn's splitters, and of Lopez de Prado's definitions, for some data sets.

    python -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python scripts/reference/splits.py > test/core/reference/splits.json
    npx biome format --write test/core/reference

The tests compare Belay's splits with the frozen answer, so that they need no Python. Nothing here shuffles: two
libraries never draw the same rows. A fold is written as the fold in which each row validates, a window as the first and
the last of its rows.
"""

import json
import sys
from itertools import combinations

import numpy as np
import sklearn
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)


def fold_of_row(splitter, rows, labels=None, groups=None):
    folds = np.full(rows, -1)
    for fold, (_, validation) in enumerate(splitter.split(np.zeros(rows), labels, groups)):
        folds[validation] = fold
    return folds.tolist()


def label_sets(random):
    """Yields balanced, skewed, rare, sorted and shuffled classes."""
    yield [row % 3 for row in range(30)]
    yield sorted(random.integers(0, 4, 41).tolist())
    yield random.choice(3, 53, p=[0.7, 0.2, 0.1]).tolist()
    yield random.permutation([0] * 37 + [1] * 5 + [2] * 9).tolist()
    yield random.integers(0, 2, 24).tolist()


def group_sets(random):
    """Yields equal groups, a dominant one, many small ones, and scattered rows, numbered in the order of appearance."""
    yield np.repeat(np.arange(6), 4).tolist()
    yield np.repeat(np.arange(7), [20, 3, 5, 1, 8, 2, 6]).tolist()
    yield np.repeat(np.arange(15), random.integers(1, 6, 15)).tolist()
    yield as_they_appear(random.integers(0, 9, 50).tolist())


def as_they_appear(values):
    number = {}
    return [number.setdefault(value, len(number)) for value in values]


def k_fold_cases():
    for rows, folds in [(10, 2), (20, 5), (23, 4), (7, 7), (50, 3)]:
        yield {"rows": rows, "folds": folds, "foldOfRow": fold_of_row(KFold(folds), rows)}


def stratified_cases(random):
    for labels in label_sets(random):
        for folds in [2, 3, 5]:
            found = fold_of_row(StratifiedKFold(folds), len(labels), labels)
            yield {"labels": labels, "folds": folds, "foldOfRow": found}


def group_cases(random):
    for groups in group_sets(random):
        for folds in [2, 3, 5]:
            found = fold_of_row(GroupKFold(folds), len(groups), None, groups)
            yield {"groups": groups, "folds": folds, "foldOfRow": found}
        found = fold_of_row(LeaveOneGroupOut(), len(groups), None, groups)
        yield {"groups": groups, "folds": len(set(groups)), "foldOfRow": found}


def stratified_group_cases(random):
    for groups in group_sets(random):
        # Classes that depend on the group, and classes that do not.
        of_group = random.integers(0, 3, max(groups) + 1)
        for labels in [of_group[groups].tolist(), random.integers(0, 2, len(groups)).tolist()]:
            for folds in [2, 3]:
                if min(np.bincount(labels)[np.bincount(labels) > 0].max(), len(set(groups))) < folds:
                    continue
                found = fold_of_row(StratifiedGroupKFold(folds), len(groups), labels, groups)
                yield {"labels": labels, "groups": groups, "folds": folds, "foldOfRow": found}


def time_series_cases():
    for rows, folds, validation, gap, train in [
        (20, 3, None, 0, None),
        (100, 5, None, 0, None),
        (31, 4, 3, 0, None),
        (31, 4, 3, 2, None),
        (60, 5, 7, 7, None),
        (60, 4, 5, 0, 20),
        (60, 4, 5, 3, 20),
        (17, 2, 4, 1, 5),
    ]:
        splitter = TimeSeriesSplit(folds, max_train_size=train, test_size=validation, gap=gap)
        windows = [
            {"train": ends(before), "validation": ends(after)} for before, after in splitter.split(np.zeros(rows))
        ]
        yield {"rows": rows, "folds": folds, "validation": validation, "gap": gap, "train": train, "windows": windows}


def ends(rows):
    assert (np.diff(rows) == 1).all()
    return [int(rows[0]), int(rows[-1])]


def purged_cases(random):
    """Yields cases of purging row by row, as snippets 7.1 and 7.2 of the book define it: quadratic, so easy to check."""
    plain = list(range(24))
    ahead = [time + 3 for time in plain]
    uneven = np.cumsum(random.integers(0, 4, 40)).tolist()
    exits = [time + int(horizon) for time, horizon in zip(uneven, random.integers(0, 9, 40))]
    for begins, finishes, groups, test_groups, embargo in [
        (plain, plain, 4, 2, 0),
        (plain, ahead, 6, 2, 0),
        (plain, ahead, 6, 2, 2),
        (plain, ahead, 6, 1, 1),
        (uneven, exits, 5, 2, 0),
        (uneven, exits, 5, 3, 4),
        (uneven, exits, 8, 2, 3),
    ]:
        parts = [part.tolist() for part in np.array_split(np.arange(len(begins)), groups)]
        splits = []
        for chosen in combinations(range(groups), test_groups):
            validation = [row for group in chosen for row in parts[group]]
            tests = [
                (min(begins[row] for row in parts[group]), max(finishes[row] for row in parts[group]) + embargo)
                for group in chosen
            ]
            train = [
                row
                for row in plain + list(range(24, len(begins)))
                if row not in validation
                and not any(overlaps(begins[row], finishes[row], first, last) for first, last in tests)
            ]
            splits.append({"testGroups": chosen, "train": train, "validation": validation})
        yield {
            "predictionTimes": begins,
            "evaluationTimes": finishes,
            "groups": groups,
            "testGroups": test_groups,
            "embargo": embargo,
            "splits": splits,
        }


def overlaps(begin, end, first, last):
    starts_within = first <= begin <= last
    ends_within = first <= end <= last
    envelops = begin <= first and last <= end
    return starts_within or ends_within or envelops


random = np.random.default_rng(20260101)
json.dump(
    {
        "scikitLearn": sklearn.__version__,
        "kFold": list(k_fold_cases()),
        "stratifiedKFold": list(stratified_cases(random)),
        "groupKFold": list(group_cases(random)),
        "stratifiedGroupKFold": list(stratified_group_cases(random)),
        "walkForward": list(time_series_cases()),
        "purgedCombinatorial": list(purged_cases(random)),
    },
    sys.stdout,
)
