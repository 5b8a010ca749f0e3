"""The peers' side of bench/classic: reads one request a line, answers one a line.

Arrays are raw little-endian float64 of the shapes that the request names: [samples, channels, time] for sets, [time, channels]
for recordings.
"""

import json
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


def read(request, name):
    return np.fromfile(request[name]["path"], dtype="<f8").reshape(request[name]["shape"])


def classifiers():
    from aeon.classification.convolution_based import MiniRocketClassifier, MultiRocketHydraClassifier
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

    return {
        "aeon MiniRocket": lambda seed: MiniRocketClassifier(random_state=seed, n_jobs=1),
        "aeon MultiRocket-Hydra": lambda seed: MultiRocketHydraClassifier(random_state=seed, n_jobs=1),
        "aeon 1-NN DTW": lambda seed: KNeighborsTimeSeriesClassifier(n_neighbors=1, distance="dtw", n_jobs=1),
    }


def classify(request):
    learn, test = read(request, "train"), read(request, "test")
    model = classifiers()[request["method"]](request["seed"])
    model.fit(learn, np.array(request["labels"]))
    return {"predicted": [int(c) for c in model.predict(test)]}


def spread(profile, window, length):
    """The score of a time stamp is the mean over the windows that cover it, as wavekin has it."""
    total, count = np.zeros(length), np.zeros(length)
    cumulative = np.concatenate([[0.0], np.cumsum(profile)])
    for at in range(length):
        lo, hi = max(0, at - window + 1), min(len(profile) - 1, at)
        total[at], count[at] = cumulative[hi + 1] - cumulative[lo], hi - lo + 1
    return total / np.maximum(count, 1)


def top3(rows):
    return np.sort(rows, axis=0)[-3:].mean(axis=0)


def matrix_profile(normal, whole, window, join):
    import stumpy

    rows = []
    for c in range(whole.shape[1]):
        of, beside = whole[:, c].copy(), normal[:, c].copy()
        if of.std() == 0:
            continue
        found = stumpy.stump(of, window) if join == "self" else stumpy.stump(of, window, beside, ignore_trivial=False)
        profile = np.nan_to_num(found[:, 0].astype(float), posinf=0.0)
        rows.append(spread(profile, window, len(of)))
    return top3(np.array(rows)) if rows else np.zeros(len(whole))


def pyod(name, normal, whole, window):
    from pyod.models.ts_od import TimeSeriesOD
    from pyod.models.ts_spectral_residual import SpectralResidual

    model = {
        "PyOD TimeSeriesOD": lambda: TimeSeriesOD(window_size=window),
        "PyOD SpectralResidual": lambda: SpectralResidual(),
    }[name]()
    model.fit(normal)
    return np.nan_to_num(model.decision_function(whole))


def detect(request):
    normal, whole, window = read(request, "normal"), read(request, "series"), request["window"]
    if request["method"].startswith("STUMPY"):
        scores = matrix_profile(normal, whole, window, request["method"].split()[-1])
    else:
        scores = pyod(request["method"], normal, whole, window)
    scores.astype("<f8").tofile(request["scores"])
    return {}


def main():
    import numba

    numba.set_num_threads(1)
    for line in sys.stdin:
        request = json.loads(line)
        start = time.process_time()
        try:
            answer = classify(request) if request["task"] == "classify" else detect(request)
        except Exception as error:  # one set that a peer refuses leaves the others
            answer = {"error": f"{type(error).__name__}: {error}"}
        answer["seconds"] = time.process_time() - start
        print(json.dumps(answer), flush=True)


main()
