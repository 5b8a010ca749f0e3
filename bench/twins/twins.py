"""Repeats runs of wavekin: reads the path of a record (record.go) on each line and answers by a line of JSON.

    go run ./bench/twins --python PYTHON

A method is a class in the file of its family; twin.py has the step, networks.py encoders and heads, training.py optimisers and
schedules. Twins compute in double precision, so that what differs is wavekin's rounding, or a mistake. How much rounding comes to
is told by the twin itself: "Rounding" is how far its losses go from those in double when it computes in single precision, from
the same weights and from weights that are moved to the next number of single precision.
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


def repeat(path, moved):
    torch.set_default_dtype(torch.float64)
    run = Record(path)
    twin = TWINS[run.method](run)
    answer = twin.compare()
    if "evaluate.learn" in run.tensors:
        return answer | {"Accuracy": nearest(twin, twin.deployed), "Untrained": nearest(TWINS[run.method](run), "encoder")}
    torch.set_default_dtype(torch.float32)
    others = []
    for seed in range(moved + 1):
        run = Record(path)
        if seed > 0:
            move(run, torch.Generator().manual_seed(seed))
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
    """Moves what is trained to the next number above or below before the first step; zeros stay."""
    for name in sorted(run.trained):
        t = run.tensors["start." + name]
        up = torch.rand(t.shape, generator=draw) < 0.5
        run.tensors["start." + name] = torch.where(t == 0, t, t.nextafter(torch.where(up, torch.inf, -torch.inf)))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--moved", type=int, default=8)  # whether a maximum or a ReLU changes sides in one of these runs is chance
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    for line in sys.stdin:
        try:
            answer = repeat(line.rstrip("\n"), args.moved)
        except Exception:
            answer = {"Error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
