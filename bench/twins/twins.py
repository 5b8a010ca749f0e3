"""Repeats runs of wavekin: reads the path of a record (record.go) on each line and answers by a line of JSON.

    go run ./bench/twins --python PYTHON

A method is a class in the file of its family; twin.py has the step, networks.py encoders and heads, training.py optimisers and
schedules. Twins compute in double precision, so that what differs is wavekin's rounding, or a mistake. How much rounding comes to
is told by the same twin in single precision: "Single" is how far its losses are from those in double.
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
from records import Record
from twin import apart

FAMILIES = (banks, clusters, contrast, crops, labels, momentum, prediction, redundancy, sequences)
TWINS = {name: twin for family in FAMILIES for name, twin in family.TWINS.items()}


def repeat(path):
    torch.set_default_dtype(torch.float64)
    run = Record(path)
    twin = TWINS[run.method](run)
    answer = twin.compare()
    torch.set_default_dtype(torch.float32)
    run = Record(path)
    return answer | {"Single": apart(TWINS[run.method](run).train(), twin.losses)}


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
