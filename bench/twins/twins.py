"""Repeats runs of wavekin: reads the path of a record (record.go) on each line and answers by a line of JSON.

    go run ./bench/twins --python PYTHON

A method is a class in the file of its family; twin.py has the step, networks.py encoders and heads, training.py optimisers and
schedules. Twins compute in double precision, so that what differs is wavekin's rounding, or a mistake. How much rounding comes to
is told by the twin itself: "Rounding" is how far its losses go from those in double when it computes in single precision, or
starts from weights that are half a unit of single precision off.
"""

import argparse
import json
import sys
import traceback

import torch

import banks
import clusters
import contrast
import crops
import labels
import momentum
import prediction
import redundancy
import sequences
from networks import encode, normalize
from records import Record
from twin import apart, nan

FAMILIES = (banks, clusters, contrast, crops, labels, momentum, prediction, redundancy, sequences)
TWINS = {name: twin for family in FAMILIES for name, twin in family.TWINS.items()}


MOVED = 3  # runs from weights that are moved: whether a ReLU turns on one is chance


def repeat(path):
    torch.set_default_dtype(torch.float64)
    run = Record(path)
    twin = TWINS[run.method](run)
    answer = twin.compare()
    if "evaluate.learn" in run.tensors:
        return answer | {"Accuracy": nearest(twin, twin.deployed), "Untrained": nearest(TWINS[run.method](run), "encoder")}
    others = []
    for seed in range(MOVED):
        run = Record(path)
        move(run, torch.Generator().manual_seed(seed))
        others.append(TWINS[run.method](run).train())
    torch.set_default_dtype(torch.float32)
    run = Record(path)
    others.append(TWINS[run.method](run).train())
    return answer | {"Rounding": nan(max(apart(losses, twin.losses) for losses in others))}


def nearest(twin, encoder):
    """The share of test samples whose nearest training sample, by cosine of encodings, is of their class."""
    part = twin.run.tensors
    with torch.no_grad():
        learn, test = (normalize(encode(twin.w, encoder, part["evaluate." + name], train=False)) for name in ("learn", "test"))
    told = part["evaluate.learn.labels"][(test @ learn.T).argmax(1)]
    return (told == part["evaluate.test.labels"]).double().mean().item()


def move(run, draw):
    """Moves what is trained up or down by 2^-24 of its size before the first step."""
    for name in sorted(run.trained):
        t = run.tensors["start." + name]
        up = torch.rand(t.shape, generator=draw, dtype=t.dtype) < 0.5
        t *= torch.where(up, 1 + 2.0**-24, 1 - 2.0**-24)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--threads", type=int, default=1)
    torch.set_num_threads(p.parse_args().threads)
    for line in sys.stdin:
        try:
            answer = repeat(line.rstrip("\n"))
        except Exception:
            answer = {"Error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
