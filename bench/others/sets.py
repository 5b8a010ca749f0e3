"""Writes four collections of docs/results/fused.md, "On other series", as wavekin bench anomaly reads them.

    python sets.py asd InterFusion ASD
    python sets.py aiops anomalydetector AIOps
    python sets.py discords RNN-Time-series-Anomaly-Detection Discords
    python sets.py ecg TSB-UAD ECG

The second argument is a clone of the repository with its history, the third a new folder. Needs numpy.
"""

import csv
import io
import pathlib
import pickle
import subprocess
import sys

import numpy as np

# Commits that hold files which were removed later.
KPI_COMMIT = "b2687ac3d995d0eb8dd1411c3ed161e96e241b7e"
DISCORD_COMMIT = "eeebeab1b1a503535172b24a0a8d9eb324ba6548"

# The series of AIOps of which KPI_sample has a part.
KPI_SAMPLED = "0efb375b"

# Labelled stretches, both ends left out, and the normal and the tested part: lines of the files, as the repository's script has them.
DISCORDS = {
    "ecg/raw/chfdbchf15": ([(2250, 2400)], (3381, 14244), (33, 3381)),
    "ecg/raw/xmitdb_x108_0": ([(4020, 4400)], (424, 3576), (3576, 5332)),
    "ecg/raw/mitdb__100_180": ([(1800, 1990)], (2328, 5271), (73, 2328)),
    "ecg/raw/chfdb_chf01_275": ([(2330, 2600)], (0, 1833), (1833, 3674)),
    "ecg/raw/ltstdb_20221_43": ([(650, 780)], (1121, 3731), (0, 1121)),
    "ecg/raw/ltstdb_20321_240": ([(710, 850)], (1520, 3531), (73, 1520)),
    "ecg/raw/chfdb_chf13_45590": ([(2800, 2960)], (0, 2439), (2439, 3726)),
    "ecg/raw/stdb_308_0": ([(2290, 2550)], (2986, 5359), (265, 2986)),
    "ecg/raw/qtdbsel102": ([(4230, 4430)], (10093, 44828), (211, 10093)),
    "gesture/raw/ann_gun_CentroidA": ([(2070, 2810)], (3000, None), (0, 3000)),
    "space_shuttle/raw/TEK16": ([(4270, 4370)], (521, 3588), (3588, 4539)),
    "space_shuttle/raw/TEK17": ([(2100, 2145)], (2469, 4588), (1543, 2469)),
    "space_shuttle/raw/TEK14": ([(1100, 1200), (1455, 1955)], (2089, 4098), (97, 2089)),
    "respiration/raw/nprs44": ([(16192, 16638), (20457, 20911)], (363, 12955), (12955, 24082)),
    "respiration/raw/nprs43": ([(12929, 13432), (14877, 15086), (15729, 15924)], (4285, 10498), (10498, 17909)),
    "power_demand/raw/power_data": ([(8254, 8998), (11348, 12143), (33883, 34601)], (15287, 33432), (501, 15287)),
}


class Arrays(pickle.Unpickler):
    """Reads pickled arrays and nothing else."""

    allowed = {"_reconstruct", "ndarray", "dtype"}

    def find_class(self, module, name):
        if module.split(".")[0] != "numpy" or name not in self.allowed:
            raise pickle.UnpicklingError(f"{module}.{name} is no array")
        return super().find_class(module, name)


def show(clone, commit, path):
    return subprocess.run(["git", "-C", clone, "show", f"{commit}:{path}"], check=True, capture_output=True).stdout


def names(clone, commit, folder):
    out = subprocess.run(["git", "-C", clone, "ls-tree", "-r", "--name-only", commit, folder], check=True, capture_output=True, text=True)
    return out.stdout.splitlines()


def save(folder, name, train, test, label):
    for end, values in (("train", train), ("test", test), ("test_label", label)):
        np.save(folder / f"{name}_{end}.npy", values)


def asd(clone, out):
    for i in range(1, 13):
        read = lambda part: Arrays(io.BytesIO(show(clone, "HEAD", f"data/processed/omi-{i}_{part}.pkl"))).load()
        save(out, f"omi-{i:02d}", read("train").astype(float), read("test").astype(float), read("test_label").astype(int))


def aiops(clone, out):
    for path in names(clone, KPI_COMMIT, "srcnn/Train"):
        name = pathlib.Path(path).name.split("-")[0]
        if name == KPI_SAMPLED:
            continue
        parts = []
        for one in (path, path.replace("Train", "Test")):
            rows = list(csv.reader(io.StringIO(show(clone, KPI_COMMIT, one).decode())))[1:]
            table = np.array(rows, dtype=float)
            parts.append(table[np.argsort(table[:, 0], kind="stable")])
        train, test = parts
        save(out, name, train[:, 1:2], test[:, 1:2], test[:, 2].astype(int))


def discords(clone, out):
    for path, (stretches, normal, tested) in DISCORDS.items():
        lines = show(clone, DISCORD_COMMIT, f"dataset/{path}.txt").decode().splitlines()
        x = np.array([[float(v) for v in line.split()] for line in lines if line.strip()])
        if path.startswith("ecg"):
            x = x[:, 1:]  # without the time
        if path.startswith("gesture"):
            for v in x.T:  # zeros stand for missing values
                gap = v == 0
                v[gap] = np.interp(np.flatnonzero(gap), np.flatnonzero(~gap), v[~gap])
        at = np.arange(len(x))
        label = np.zeros(len(x), int)
        for a, b in stretches:
            label[(at > a) & (at < b)] = 1
        save(out, pathlib.Path(path).name, x[slice(*normal)], x[slice(*tested)], label[slice(*tested)])


def ecg(clone, out):
    for number in (805, 806, 820):
        rows = show(clone, "HEAD", f"data/benchmark/ECG/MBA_ECG{number}_data.out")
        (out / f"MBA_ECG{number}.csv").write_bytes(b"value,label\n" + rows)


if __name__ == "__main__":
    made = {"asd": asd, "aiops": aiops, "discords": discords, "ecg": ecg}
    if len(sys.argv) != 4 or sys.argv[1] not in made:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True)
    made[sys.argv[1]](sys.argv[2], folder)
