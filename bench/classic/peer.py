"""The peers' side of bench/classic: reads one request a line, answers one a line.

Folders of public repositories, which are not part of this project, are named by --ts2vec (https://github.com/yuezhihan/ts2vec)
and --paano (https://github.com/jinnnju/PaAno).

Arrays are raw little-endian float64 of the shapes that the request names: [samples, channels, time] for sets, [time, channels]
for recordings.
"""

import argparse
import json
import os
import sys
import tempfile
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


def paano(normal, whole, seed):
    """PaAno as its authors' main.py and scripts have it: patches of 64 of one channel, of 96 of several, each normalised by itself.

    Beside the scores it returns what makes those of the normal part, each without the patches that overlap it.
    """
    import contextlib
    import io

    import torch
    from model import PatchEncoder
    from train import train_model
    from utils.data_preprocess import PatchCreator, preprocess_to_patches
    from utils.evaluation import calculate_anomaly_scores, distribute_patch_scores_to_points
    from utils.utils import create_memory_bank

    size = 64 if whole.shape[1] == 1 else 96
    np.random.seed(seed)
    torch.manual_seed(seed)
    normal, whole = normal.astype(np.float32), whole.astype(np.float32)
    if (len(normal) - size + 1) % 512 == 1:
        normal = normal[1:]  # it refuses a last batch of a single patch
    cpu, silent = torch.device("cpu"), io.StringIO()
    # It leaves a file of weights where it runs.
    with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent), tempfile.TemporaryDirectory() as empty, contextlib.chdir(empty):
        creator = PatchCreator(L=size, s=1, random_seed=seed)
        learn, test, _ = creator.create_dataloaders(normal, whole, None, batch_size=512)
        model = PatchEncoder(in_channels=whole.shape[1], use_revin=True)
        patches = preprocess_to_patches(normal, patch_size=size, stride=1)
        train_model(model, learn, patches, cpu, num_iter=200, pretext_step=size, lr=1e-4)
        bank, at = create_memory_bank(model, learn, cpu, num_cores=0.1)
        scores = calculate_anomaly_scores(model, test, bank, top_k=3, device=cpu)

    def points(scores, length):
        return distribute_patch_scores_to_points(scores, patch_size=size, num_points=length).astype(float)

    @torch.inference_mode()
    def own():
        unit, out = torch.nn.functional.normalize(bank, dim=1), []
        for begin in range(0, len(patches), 512):
            seen = torch.nn.functional.normalize(model.embedding(patches[begin : begin + 512]), dim=1) @ unit.T
            number = torch.arange(begin, begin + len(seen))
            seen[(number[:, None] - at.flatten()[None, :]).abs() < size] = -1.0
            out.extend((1 - seen.topk(3, dim=1).values).mean(dim=1).tolist())
        return points(out, len(normal))

    return points(scores, len(whole)), own


def detect(request):
    normal, whole, window = read(request, "normal"), read(request, "series"), request["window"]
    if request["method"].startswith("STUMPY"):
        scores = matrix_profile(normal, whole, window, request["method"].split()[-1])
    elif request["method"] == "PaAno":
        start = time.process_time()
        scores, own = paano(normal, whole, request["seed"])
        seconds = time.process_time() - start
        own().astype("<f8").tofile(request["own"])
        scores.astype("<f8").tofile(request["scores"])
        return {"seconds": seconds}
    else:
        scores = pyod(request["method"], normal, whole, window)
    scores.astype("<f8").tofile(request["scores"])
    return {}


def embed(request):
    """Trains TS2Vec as its authors' script does by default: batches of 8, 200 steps, 600 above 100,000 values."""
    import torch
    from ts2vec import TS2Vec

    learn = read(request, "train").transpose(0, 2, 1)
    learn = (learn - learn.mean()) / learn.std()
    steps = 200 if learn.size <= 100000 else 600
    taken = max(1, round(request["share"] * steps))
    np.random.seed(request["seed"])
    torch.manual_seed(request["seed"])
    model = TS2Vec(input_dims=learn.shape[2], output_dims=320, device="cpu", lr=0.001, batch_size=8, max_train_length=3000)
    start = time.process_time()
    model.fit(learn, n_iters=taken)
    return {"seconds": (time.process_time() - start) * steps / taken}


def warm():
    """A short training, so that what torch does at its first step counts for no set."""
    import torch
    from ts2vec import TS2Vec

    torch.set_num_threads(1)
    TS2Vec(input_dims=1, device="cpu", batch_size=8).fit(np.random.default_rng(0).normal(size=(8, 64, 1)), n_iters=2)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--ts2vec")
    p.add_argument("--paano")
    a = p.parse_args()
    if a.ts2vec:
        sys.path.insert(0, os.path.abspath(a.ts2vec))
        warm()
    if a.paano:
        sys.path.insert(0, os.path.abspath(a.paano))
    for line in sys.stdin:
        request = json.loads(line)
        start = time.process_time()
        try:
            answer = {"classify": classify, "embed": embed, "anomaly": detect}[request["task"]](request)
        except Exception as error:  # one set that a peer refuses leaves the others
            answer = {"error": f"{type(error).__name__}: {error}"}
        answer.setdefault("seconds", time.process_time() - start)
        print(json.dumps(answer), flush=True)


main()
