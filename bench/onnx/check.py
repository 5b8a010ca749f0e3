"""Holds `wavekin export` to `wavekin embed`: for every encoder a model is trained for a few steps, exported, checked by onnx.checker, and
run by ONNX Runtime on the same series or images, several batch sizes and lengths; then the time of both is taken.

    python3 -m venv onnx-env && onnx-env/bin/pip install onnxruntime onnx numpy pyarrow pillow
    go build -o wavekin ./cmd/wavekin && go build -o encode ./bench/onnx
    onnx-env/bin/python bench/onnx/check.py --wavekin ./wavekin --encode ./encode --ucr DIR --uea DIR --images CIFAR.tar.gz --out table.md

Every series of half the sets has gaps: a twentieth of its values, a stretch at an end, and of several channels one whole channel.
The exit code is 1 where a difference is above the bound.
"""
import argparse
import io
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
import pyarrow as pa
import pyarrow.ipc as ipc

BOUND = 1e-4

# Name, settings and normalisation of each model of series; "C" marks those of several channels.
SERIES = [
    ("conv", [], "train", ""), ("conv", ["causal=true", 'pool="mean"'], "window", ""), ("conv", ["depth=3"], "train", "C"),
    ("resnet1d", [], "train", ""), ("resnet1d", ['norm="group"'], "none", "C"), ("resnet1d", ['norm="group-ws"'], "series", ""),
    ("resnet1d", ['norm="actnorm"'], "train", ""), ("resnet1d", ['norm="none"', "blocks=2"], "window", "C"),
    ("strided", [], "train", ""), ("strided", ["depth=4"], "window", "C"),
    ("towers", [], "train", ""), ("towers", ["length=64", "lengths=3"], "window", "C"),
    ("transformer", [], "train", ""), ("transformer", ["causal=true", "patch=5"], "window", "C"),
    ("rocket", [], "train", ""), ("rocket", ["out=256"], "window", ""), ("rocket", ["features=10"], "train", "C"),
    ("builtin", [], "window", ""), ("builtin", ["out=512"], "train", "C"), ("builtin", ['blocks="learnt"'], "window", ""),
]
IMAGES = [
    ("resnet18", [], "rgb"), ("resnet18", ['stem="imagenet"', 'norm="group-ws"'], "ycbcr"), ("resnet18", ['stem="tiny"', 'norm="group"'], "grey"),
    ("resnet34", [], "rgb"), ("resnet50", [], "rgb"),
    ("vit-tiny", [], "rgb"), ("vit-tiny", ['pool="mean"', "patch=5", "size=64"], "grey"), ("vit-small", [], "rgb"), ("vit-base", [], "rgb"),
]


def run(*args):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, args))}: {done.stderr}")
    return done.stdout


def read_ts(path):
    """Series [N, C, T] of a .ts.zst file whose series have one length."""
    with pa.input_stream(path, compression="zstd") as f:
        text = f.read().decode()
    rows = [line.split(":")[:-1] for line in text[text.lower().index("@data"):].splitlines()[1:] if line.strip()]
    return np.array([[[float(v) if v != "?" else np.nan for v in c.split(",")] for c in row] for row in rows])


def gaps(x, rng):
    x = x.copy()
    x[rng.random(x.shape) < 0.05] = np.nan
    for i, row in enumerate(x):
        length = rng.integers(1, 9)
        row[:, :length] = np.nan if i % 3 == 0 else row[:, :length]
        row[:, -length:] = np.nan if i % 3 == 1 else row[:, -length:]
        if len(row) > 1 and i % 4 == 0:
            row[i % len(row)] = np.nan
    return x


def embedded(path):
    t = ipc.open_file(path).read_all()
    return np.array(t["embedding"].to_pylist(), np.float32), t


def differences(a, b):
    """The largest difference of two numbers, and the largest distance of two encodings as a share of their length."""
    d = a.astype(np.float64) - b
    return np.abs(d).max(), (np.linalg.norm(d, axis=1) / np.linalg.norm(b.astype(np.float64), axis=1)).max()


def session(path, threads=1):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    o = ort.SessionOptions()
    o.intra_op_num_threads = threads
    o.inter_op_num_threads = 1
    return ort.InferenceSession(path, o, providers=["CPUExecutionProvider"]), model


def batches(s, x, sizes=(1, 7, 64)):
    """All encodings, in batches of several sizes in turn."""
    out, at, k = [], 0, 0
    while at < len(x):
        n = sizes[k % len(sizes)]
        out.append(s.run(None, {s.get_inputs()[0].name: x[at:at + n]})[0])
        at, k = at + n, k + 1
    return np.concatenate(out)


def train(o, data, model, name, settings, *more):
    sets = [f"--set=encoder.{s}" for s in settings]
    run(o.wavekin, "-q", "pretrain", "--data", data, "--encoder", name, *sets, "--steps", 3, "--batch", 16, "--out", model, *more)


def encode(o, model, x, rounds=1):
    """Encodings and seconds by the library itself, at the length that the series have."""
    np.save("any.npy", x)
    seconds = json.loads(run(o.encode, "--model", model, "--in", "any.npy", "--out", "any.f32", "--rounds", rounds))
    return np.fromfile("any.f32", np.float32).reshape(len(x), -1), seconds


def check_series(o, sets, name, settings, norm, channels):
    learn, test = sets[channels]
    np.save("learn.npy", learn)
    np.save("test.npy", test)
    model = "builtin.model" if settings is None else "m.safetensors"
    if settings is None:
        run(o.wavekin, "-q", "embed", "--window", test.shape[2], "--out", "e.arrow", "test.npy")
        told = json.loads(run(o.wavekin, "--json", "export", "builtin", "--window", test.shape[2], "--channels", test.shape[1], "--out", "m.onnx"))
    else:
        train(o, "learn.npy", model, name, settings, "--normalize", norm)
        run(o.wavekin, "-q", "embed", "--model", model, "--out", "e.arrow", "test.npy")
        told = json.loads(run(o.wavekin, "--json", "export", model, "--out", "m.onnx"))
    s, m = session("m.onnx")
    worst, largest = differences(batches(s, test), embedded("e.arrow")[0])
    lengths = [test.shape[2]]
    if told["free_length"] and settings is not None:
        short = told["min_length"]
        for length in sorted({short, max(short, test.shape[2] // 3), test.shape[2] - 1, 2 * test.shape[2], 777}):
            x = np.concatenate([test] * (length // test.shape[2] + 1), axis=2)[:24, :, :length]
            a, r = differences(batches(s, x, (1, 5)), encode(o, model, x)[0])
            worst, largest = max(worst, a), max(largest, r)
            lengths.append(length)
    free = f"from {told['min_length']}" if told["free_length"] else "fixed"
    return row(name if settings is not None else "`--model builtin`", settings, norm, test.shape[1], free, lengths, told, worst, largest)


def row(name, settings, norm, channels, free, lengths, told, worst, largest):
    what = name + (" " + " ".join(settings) if settings else "")
    cells = [what, norm, channels, free, " ".join(map(str, sorted(lengths))), told["nodes"], f"{told['bytes'] / 1e6:.1f}", f"{worst:.1e}", f"{largest:.1e}"]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    return cells, worst


def pictures(o, count=96, side=32):
    from PIL import Image
    out = []
    for folder in ("png/a", "grey/a"):
        os.makedirs(folder, exist_ok=True)
    with tarfile.open(o.images) as t:
        for entry in t:
            if len(out) == count:
                break
            if entry.name.lower().endswith((".jpg", ".jpeg", ".png")):
                im = Image.open(io.BytesIO(t.extractfile(entry).read())).convert("RGB")
                if im.size == (side, side):
                    im.save(f"png/a/{len(out):04d}.png")
                    im.convert("L").save(f"grey/a/{len(out):04d}.png")
                    out.append((np.asarray(im, np.float32).transpose(2, 0, 1), np.asarray(im.convert("L"), np.float32)[None]))
    return [np.stack(x) / np.float32(255) for x in zip(*out)]


def check_images(o, colours, greys, name, settings, space):
    x, images = (greys, "images:grey") if space == "grey" else (colours, "images:png")
    train(o, images, "m.safetensors", name, settings, "--size", x.shape[2], "--space", space)
    run(o.wavekin, "-q", "embed", "--model", "m.safetensors", "--out", "e.arrow", images)
    told = json.loads(run(o.wavekin, "--json", "export", "m.safetensors", "--out", "m.onnx"))
    s, m = session("m.onnx")
    want, table = embedded("e.arrow")
    order = np.array([int(os.path.basename(n)[:4]) for n in table["image"].to_pylist()])
    worst, largest = differences(batches(s, x[order], (1, 7, 16)), want)
    return row(name, settings, space, x.shape[1], "fixed", [x.shape[2]], told, worst, largest)


def processor_time(f):
    """Seconds of processor that f takes here and in the programs that it runs: they do not count what else the machine does."""
    at = lambda: sum(sum(resource.getrusage(w)[:2]) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    start = at()
    f()
    return at() - start


def speed(o, sets, rounds=5):
    """Processor time of one thread each, one after the other in turn; the medians count. What a program takes to start drops out."""
    learn, test = sets[""]
    x = np.concatenate([test] * 4)[:256]
    np.save("learn.npy", learn)
    for name in ["conv", "resnet1d", "transformer", "rocket"]:
        train(o, "learn.npy", "m.safetensors", name, [])
        run(o.wavekin, "export", "m.safetensors", "--out", "m.onnx")
        s, _ = session("m.onnx")
        feed = lambda: [s.run(None, {"series": x[i:i + 64]}) for i in range(0, len(x), 64)]
        feed()
        theirs, ours = [], []
        for _ in range(rounds):
            once, often = (processor_time(lambda: encode(o, "m.safetensors", x, n)) for n in (1, 4))
            ours.append((often - once) / 3)
            theirs.append(processor_time(feed))
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        print(f"| {name} | {len(x) / statistics.median(ours):.0f} | {len(x) / statistics.median(theirs):.0f} | {ratio:.2f} |", flush=True)


def main():
    p = argparse.ArgumentParser()
    for flag in ["wavekin", "encode", "ucr", "uea", "images"]:
        p.add_argument("--" + flag, required=True)
    p.add_argument("--only", default="", help="encoders whose name has this in it")
    p.add_argument("--part", default="", help="series, images or speed")
    o = p.parse_args()
    for flag in ["wavekin", "encode", "ucr", "uea", "images"]:
        setattr(o, flag, os.path.abspath(getattr(o, flag)))
    os.chdir(tempfile.mkdtemp())
    rng = np.random.default_rng(0)
    load = lambda root, name: [read_ts(f"{root}/{name}/{name}_{part}.ts.zst") for part in ("TRAIN", "TEST")]
    one, many = load(o.ucr, "ECG200"), load(o.uea, "BasicMotions")
    sets = {"": (one[0], np.concatenate([one[1][:50], gaps(one[1][50:], rng)])), "C": (many[0], np.concatenate([many[1][:20], gaps(many[1][20:], rng)]))}
    print(f"onnxruntime {ort.__version__}, onnx {onnx.__version__}, numpy {np.__version__}, Python {platform.python_version()}; {run(o.wavekin, '--version').strip()}")
    worst = 0.0
    if o.part in ("", "series"):
        print("| encoder | values | channels | length | lengths run | nodes | MB | largest difference | relative |\n|---|---|---|---|---|---|---|---|---|")
        for e in SERIES + [("builtin", None, "window", ""), ("builtin", None, "window", "C")]:
            if o.only in e[0]:
                worst = max(worst, check_series(o, sets, *e)[1])
    if o.part in ("", "images"):
        both = pictures(o)
        for e in IMAGES:
            if o.only in " ".join([e[0], *e[1], e[2]]):
                worst = max(worst, check_images(o, *both, *e)[1])
    if o.part in ("", "speed"):
        print("\n| encoder | wavekin, windows per processor second | ONNX Runtime, windows per processor second | time of wavekin : ONNX Runtime |\n|---|---|---|---|")
        speed(o, sets)
    print(f"\nlargest difference of all: {worst:.1e}")
    sys.exit(worst > BOUND)


if __name__ == "__main__":
    main()
