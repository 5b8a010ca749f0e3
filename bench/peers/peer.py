"""Trains one public PyTorch implementation on a UCR set and prints one JSON line.

The implementations are not part of this project: clone them and name the folder with --repo.

    ts2vec                  https://github.com/yuezhihan/ts2vec
    ts-tcc                  https://github.com/emadeldeen24/TS-TCC
    simclr byol simsiam     https://github.com/Tian0426/CL-HAR

    python bench/peers/peer.py --system byol --repo PATH --train X_TRAIN.tsv --test X_TEST.tsv --steps 200

TS2Vec brings its own encoder, the dilated convolutions. The others are given the same one, since
their benchmark's backbones are made for windows of three fixed shapes. Reported are the accuracy of
the nearest neighbour (Euclidean) on frozen encodings of the test part, and the seconds of training.
`go run ./bench/peers` runs this beside wavekin and draws the table.
"""

import argparse
import json
import os
import sys
import time
import types

import numpy as np
import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "torch"))
import torch_step  # noqa: E402


def read(path):
    """Returns standardised series [N, T, 1] and their labels of a UCR .tsv file."""
    rows = np.genfromtxt(path, delimiter="\t", dtype=np.float64)
    x, y = rows[:, 1:], rows[:, 0]
    return x[:, :, None].astype(np.float32), y


def nearest(train, train_labels, test, test_labels):
    """Returns the accuracy of the Euclidean nearest neighbour."""
    d = (test**2).sum(1)[:, None] - 2 * test @ train.T + (train**2).sum(1)[None]
    return float((train_labels[d.argmin(1)] == test_labels).mean())


class Backbone(nn.Module):
    """The dilated convolutions as CL-HAR expects a backbone: [N, T, C] in, (None, encoding) out."""

    def __init__(self, depth, pooled):
        super().__init__()
        self.net, self.pooled = torch_step.Conv(depth), pooled
        self.out_dim = self.out_channels = 320

    def forward(self, x):
        h = self.net.blocks(self.net.input(x.transpose(1, 2)))
        return None, h.amax(dim=2) if self.pooled else h


def batches(n, size, steps, rng):
    """Yields the sample numbers of each step, epoch after epoch, without the last smaller batch."""
    size = min(size, n)
    order = []
    for _ in range(steps):
        if len(order) < size:
            order = list(rng.permutation(n))
        yield order[:size]
        order = order[size:]


def ts2vec(a, train, test):
    sys.path.insert(0, a.repo)
    from ts2vec import TS2Vec

    model = TS2Vec(input_dims=1, output_dims=320, hidden_dims=64, depth=a.depth, device="cpu", lr=0.001, batch_size=a.batch)
    start = time.perf_counter()
    model.fit(train, n_iters=a.steps)
    took = time.perf_counter() - start
    encode = lambda x: model.encode(x, encoding_window="full_series")
    return encode(train), encode(test), took


def ts_tcc(a, train, test):
    sys.path.insert(0, a.repo)
    from dataloader.augmentations import jitter, permutation, scaling
    from models.loss import NTXentLoss
    from models.TC import TC

    # It permutes pieces of unequal length, which NumPy no longer takes as an array.
    permute = np.random.permutation
    np.random.permutation = lambda x: [x[i] for i in permute(len(x))] if isinstance(x, list) else permute(x)
    size = min(a.batch, len(train))
    backbone, cpu = Backbone(a.depth, pooled=False), torch.device("cpu")
    settings = types.SimpleNamespace(final_out_channels=320, TC=types.SimpleNamespace(hidden_dim=100, timesteps=6))
    context, nt_xent = TC(settings, cpu), NTXentLoss(cpu, size, 0.2, True)
    optims = [torch.optim.Adam(m.parameters(), a.lr, betas=(0.9, 0.99), weight_decay=3e-4) for m in (backbone, context)]
    data, rng = train.transpose(0, 2, 1), np.random.default_rng(a.seed)
    features = lambda x: nn.functional.normalize(backbone(torch.as_tensor(x).float().transpose(1, 2))[1], dim=1)
    backbone.train()
    context.train()
    start = time.perf_counter()
    for chosen in batches(len(train), size, a.steps, rng):
        x = data[chosen]
        z1, z2 = features(scaling(x, 1.1)), features(jitter(permutation(x, max_segments=8), 0.8))
        nce1, c1 = context(z1, z2)
        nce2, c2 = context(z2, z1)
        loss = nce1 + nce2 + 0.7 * nt_xent(c1, c2)
        for o in optims:
            o.zero_grad()
        loss.backward()
        for o in optims:
            o.step()
    took = time.perf_counter() - start
    backbone.eval()

    def encode(x):
        with torch.no_grad():
            return backbone(torch.from_numpy(x))[1].amax(dim=2).numpy()

    return encode(train), encode(test), took


def cl_har(a, train, test):
    sys.path.insert(0, a.repo)
    # The set of visualisations that the repository also imports is not needed here.
    sys.modules.setdefault("fitlog", types.ModuleType("fitlog"))
    from augmentations import gen_aug
    from models.frameworks import BYOL, SimCLR
    from models.loss import NTXentLoss

    length, size = train.shape[1], min(a.batch, len(train))
    backbone = Backbone(a.depth, pooled=True)
    cpu = torch.device("cpu")
    if a.system == "simclr":
        model = SimCLR(backbone, dim=128)
    else:
        model = BYOL(cpu, backbone, window_size=length, n_channels=1, projection_size=128, projection_hidden_size=256,
                     moving_average=0.996, use_momentum=a.system == "byol")
    if a.system in ("byol", "simsiam"):
        optims = [torch.optim.Adam(model.online_encoder.parameters(), a.lr, weight_decay=1.5e-6),
                  torch.optim.Adam(model.online_predictor.parameters(), a.lr * 10, weight_decay=1.5e-6)]
    else:
        optims = [torch.optim.Adam(model.parameters(), a.lr)]
    nt_xent, cosine = NTXentLoss(cpu, size, temperature=0.2), nn.CosineSimilarity(dim=1)
    data, rng = torch.from_numpy(train), np.random.default_rng(a.seed)
    model.train()
    start = time.perf_counter()
    for chosen in batches(len(train), size, a.steps, rng):
        x = data[chosen]
        x1, x2 = gen_aug(x, a.first).float(), gen_aug(x, a.second).float()
        if a.system == "simclr":
            loss = nt_xent(*model(x1, x2))
        else:
            p1, p2, z1, z2 = model(x1=x1, x2=x2)
            loss = -(cosine(p1, z2).mean() + cosine(p2, z1).mean()) * 0.5
        for o in optims:
            o.zero_grad()
        loss.backward()
        for o in optims:
            o.step()
        if a.system == "byol":
            model.update_moving_average()
    took = time.perf_counter() - start
    backbone.eval()

    def encode(x):
        with torch.no_grad():
            return backbone(torch.from_numpy(x))[1].numpy()

    return encode(train), encode(test), took


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--system", choices=["ts2vec", "simclr", "byol", "simsiam", "ts-tcc"], required=True)
    p.add_argument("--repo", required=True, help="folder of the public implementation")
    p.add_argument("--train", required=True)
    p.add_argument("--test", required=True)
    p.add_argument("--steps", type=int, default=200)
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--depth", type=int, default=6)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--first", default="t_warp", help="augmentation of the first view, by CL-HAR's name")
    p.add_argument("--second", default="noise")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    np.random.seed(a.seed)
    train, train_labels = read(a.train)
    test, test_labels = read(a.test)
    h_train, h_test, took = {"ts2vec": ts2vec, "ts-tcc": ts_tcc}.get(a.system, cl_har)(a, train, test)
    print(json.dumps({"system": "PyTorch " + torch.__version__, "accuracy": nearest(h_train, train_labels, h_test, test_labels), "seconds": took}))


if __name__ == "__main__":
    main()
