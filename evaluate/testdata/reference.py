"""Writes reference.json: what other programs make of scores and labels that are easy to get wrong.

    pip install scikit-learn==1.9.1 prts==1.0.0.3
    git clone https://github.com/ahstat/affiliation-metrics-py
    PYTHONPATH=affiliation-metrics-py python reference.py > reference.json

"cases" are scikit-learn's values of scores, "ranges" those of prts (range-based precision and recall) and of the authors of the
affiliation metrics, for predictions.

Scores are written with all their digits. null is a metric that scikit-learn refuses or does not define. best_f1 is the
largest F1 of the points of precision_recall_curve.
"""
import json, sys, warnings

import numpy as np
import prts
import sklearn
from affiliation.generics import convert_vector_to_events
from affiliation.metrics import pr_from_events
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

rng = np.random.default_rng(11)
cases = []


def best_f1(labels, scores):
    precision, recall, _ = precision_recall_curve(labels, scores)
    with np.errstate(invalid="ignore"):
        return np.nanmax(2 * precision * recall / (precision + recall))


def value(metric, labels, scores):
    try:
        v = float(metric(labels, scores))
    except ValueError:
        return None
    return v if np.isfinite(v) else None


def add(name, scores, labels):
    scores, labels = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases.append({
            "name": name,
            "scores": " ".join(repr(float(s)) for s in scores),
            "labels": "".join(map(str, labels)),
            "average_precision": value(average_precision_score, labels, scores),
            "roc_auc": value(roc_auc_score, labels, scores),
            "best_f1": value(best_f1, labels, scores),
        })


def rare(n, share):
    labels = (rng.random(n) < share).astype(int)
    labels[n // 3], labels[0] = 1, 0
    return labels


for i, (n, share, lift) in enumerate([(40, 0.1, 1.0), (60, 0.5, 0.3), (50, 0.05, -1.0), (30, 0.9, 0.5)]):
    labels = rare(n, share)
    add(f"random {i}", rng.standard_normal(n) + lift * labels, labels)
labels = rare(60, 0.2)
add("ties", np.floor(3 * rng.random(60)) + labels, labels)
add("constant", np.full(20, 0.1), rare(20, 0.2))
add("constant, large", np.full(20, 1e300), rare(20, 0.2))
one = np.zeros(30, dtype=int)
one[17] = 1
add("one anomalous point, highest", one + rng.random(30), one)
add("one anomalous point, lowest", -one + rng.random(30) * 0.5, one)
add("one anomalous point, tied with all but one", np.r_[1.0, np.zeros(29)], one)
add("perfect", labels * 1.0, labels)
add("inverted", 1.0 - labels, labels)
add("all anomalous", rng.random(12), np.ones(12))
add("one unit in the last place", 1 + rng.permutation(40) * 2.0**-52, rare(40, 0.3))
add("differences below float32", 1700000000 + rng.permutation(40) * 1e-3, rare(40, 0.3))
add("subnormal", rng.integers(0, 4, 40) * 5e-324, rare(40, 0.3))
add("extremes of float64", rng.choice([-1.7e308, -1e-308, -0.0, 0.0, 1e-308, 1.7e308], 40), rare(40, 0.3))
add("negative zero ties with zero", rng.choice([-0.0, 0.0], 20), rare(20, 0.3))
add("infinite", np.r_[np.inf, rng.random(9)], np.r_[1, np.zeros(9)])
add("minus infinite", np.r_[-np.inf, rng.random(9)], np.r_[0, 1, np.zeros(8)])
add("gap", np.r_[np.nan, rng.random(9)], np.r_[1, np.zeros(9)])
add("two points", [0.5, 0.25], [1, 0])

ranges = []


def runs(text):
    return np.array([int(c) for c in text])


def compare(name, predicted, labels):
    affiliation = pr_from_events(convert_vector_to_events(predicted), convert_vector_to_events(labels), (0, len(labels)))
    one = {
        "name": name,
        "predicted": "".join(map(str, predicted)),
        "labels": "".join(map(str, labels)),
        "affiliation_precision": affiliation["precision"],
        "affiliation_recall": affiliation["recall"],
        "prts": [],
    }
    for alpha, unity, bias in [(0.0, False, "flat"), (0.0, True, "flat"), (0.3, True, "front"), (1.0, False, "middle"), (0.5, False, "back"), (0.2, True, "middle")]:
        gamma = "reciprocal" if unity else "one"
        one["prts"].append({
            "alpha": alpha, "unity": unity, "bias": bias,
            "precision": float(prts.ts_precision(labels, predicted, alpha=0.0, cardinality=gamma, bias=bias)),
            "recall": float(prts.ts_recall(labels, predicted, alpha=alpha, cardinality=gamma, bias=bias)),
            "f1": float(prts.ts_fscore(labels, predicted, p_alpha=0.0, r_alpha=alpha, cardinality=gamma, p_bias=bias, r_bias=bias)),
        })
    ranges.append(one)


compare("equal", runs("0011100011"), runs("0011100011"))
compare("nothing in common", runs("1000000001"), runs("0001110000"))
compare("a neighbour", runs("0000001000"), runs("0000110000"))
compare("in pieces", runs("0010110101"), runs("0111111110"))
compare("one alarm over two stretches", runs("0011111111"), runs("0001100110"))
compare("one stretch without a prediction", runs("0011000000"), runs("0010000011"))
compare("everything predicted", runs("1111111111"), runs("0001000010"))
compare("everything labelled", runs("0100010000"), runs("1111111111"))
compare("one point", runs("1"), runs("1"))
for i, (n, stay) in enumerate([(60, 0.5), (90, 0.8), (120, 0.9), (80, 0.95)]):
    walk = lambda: (np.cumsum(rng.random(n) > stay) % 2).astype(int)
    labels, predicted = walk(), walk()
    labels[n // 2], predicted[n // 4] = 1, 1
    compare(f"random {i}", predicted, labels)

json.dump({"versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "prts": "1.0.0.3"}, "cases": cases, "ranges": ranges}, sys.stdout, indent=1)
print()
