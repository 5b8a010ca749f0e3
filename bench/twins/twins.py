"""Repeats runs of wavekin: reads the path of a record (record.go) on each line and answers by a line of JSON.

    go run ./bench/twins --python PYTHON

A method is a class in the file of its family; twin.py has the step, networks.py encoders and heads, training.py optimisers and
schedules. Everything is in double precision, so that what differs is wavekin's rounding, or a mistake.
"""

import argparse
import json
import sys
import traceback

import torch

import banks
import contrast
import crops
import momentum
import redundancy
from records import Record

TWINS = banks.TWINS | contrast.TWINS | momentum.TWINS | crops.TWINS | redundancy.TWINS


def repeat(path):
    run = Record(path)
    return TWINS[run.method](run).compare()


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
