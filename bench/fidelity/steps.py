"""Prints what the library's loss is in each of a few steps from weights, queues and views that a formula gives.

    python bench/fidelity/steps.py > train/testdata/steps.json

The formula is that of train/steps_test.go, so that wavekin must come to the same losses, and to the same encodings after
the last step. peer.py has the methods and the loop.
"""

import json

import numpy as np
import torch
from torch import nn

import peer

SIDE, BATCH, STEPS, WIDTH = 16, 24, 4, 4
CROPS = {"long": 2, "short": 2, "short_length": 0.5}
SYSTEMS = [
    {"method": "simclr", "optimizer": "sgd", "lr": 0.0005, "decay": 0.5, "settings": {"temperature": 0.2, "hidden": 32, "out": 16, "layers": 2, "shift": True}},
    {"method": "moco-v2", "optimizer": "sgd", "lr": 0.002, "decay": 0.5,
     "settings": {"temperature": 0.2, "hidden": 24, "out": 16, "queue": 48, "momentum": 0.9, "groups": 1}},
    {"method": "byol", "optimizer": "sgd", "lr": 0.002, "decay": 0.5, "settings": {"hidden": 32, "out": 12, "momentum": 0.9, "predictor_rate": 10}},
    {"method": "simsiam", "optimizer": "sgd", "lr": 0.002, "decay": 0.5, "settings": {"hidden": 24, "out": 24, "layers": 3, "bottleneck": 8}},
    {"method": "swav", "optimizer": "adamw", "lr": 5e-4, "decay": 0.1,
     "settings": {"prototypes": 12, "temperature": 0.1, "epsilon": 0.05, "rounds": 3, "hidden": 24, "out": 16, "queue": 48, "queue_from": -1, "freeze": 2} | CROPS},
    {"method": "dino", "optimizer": "adamw", "lr": 5e-4, "decay": 0.1,
     "settings": {"outputs": 20, "hidden": 24, "bottleneck": 12, "temperature": 0.1, "teacher_temperature": {"from": 0.04, "to": 0.04, "shape": "constant"},
                  "centre_momentum": 0.9, "momentum": 0.9, "freeze_last": 2, "norm": "batch"} | CROPS},
]


def stream(name, n):
    """Returns n numbers of -1 to 1, drawn by a linear congruential generator that starts from the FNV-1a hash of a name."""
    x, mask = 0xCBF29CE484222325, (1 << 64) - 1
    for b in name.encode():
        x = ((x ^ b) * 0x100000001B3) & mask
    out = np.empty(n)
    for i in range(n):
        x = (x * 6364136223846793005 + 1442695040888963407) & mask
        out[i] = (x >> 33) / 2**30 - 1
    return out


def given(name, shape):
    """Returns the parameter of that name in wavekin."""
    u = stream(name, int(np.prod(shape)))
    if len(shape) == 4:
        u *= (6 / (shape[0] * shape[2] * shape[3])) ** 0.5
    elif len(shape) == 2:
        u *= shape[1] ** -0.5
    else:
        u = 0.2 * u + name.endswith("weight")
    u = u.reshape(shape)
    if name.endswith("keys"):
        u /= np.linalg.norm(u, axis=1, keepdims=True)
    return torch.from_numpy(u.astype(np.float32))


def view(step, index, side, n=BATCH):
    """Returns a batch of views: a level for each sample and channel, waves, and noise."""
    level = stream(f"level {step}", n * 3).reshape(n, 3, 1, 1)
    noise = stream(f"view {step} {index}", n * 3 * side * side).reshape(n, 3, side, side)
    k, y, x = np.arange(n).reshape(n, 1, 1, 1), np.arange(side).reshape(1, 1, side, 1), np.arange(side).reshape(1, 1, 1, side)
    return torch.from_numpy((1.5 * level + np.cos(0.8 * (x * (1 + k % 3) + y * (k % 2) + index)) + 0.6 * noise).astype(np.float32))


def named(module, prefix):
    """Lists the parameters of a module, an encoder or a head, under wavekin's names."""
    if isinstance(module, nn.Sequential):
        yield f"{prefix}.stem.conv.weight", module[0].weight
        yield from normed(module[1], f"{prefix}.stem.norm")
        for s in range(4):
            for b, block in enumerate(module[3 + s]):
                at = f"{prefix}.stage{s}.block{b}"
                units = [("unit1", block.conv1, block.bn1), ("unit2", block.conv2, block.bn2)]
                if len(block.shortcut):
                    units.append(("shortcut", *block.shortcut))
                for name, conv, norm in units:
                    yield f"{at}.{name}.conv.weight", conv.weight
                    yield from normed(norm, f"{at}.{name}.norm")
        return
    i = -1
    for layer in module.layers:
        if isinstance(layer, nn.Linear):
            i += 1
            yield f"{prefix}.linear{i}.weight", layer.weight
            if layer.bias is not None:
                yield f"{prefix}.linear{i}.bias", layer.bias
        elif isinstance(layer, nn.BatchNorm1d):
            yield from normed(layer, f"{prefix}.norm{i}")
    if hasattr(module, "last_layer"):
        yield f"{prefix}.last", module.last_layer.weight_v


def normed(norm, prefix):
    if norm.affine:
        yield f"{prefix}.weight", norm.weight
        yield f"{prefix}.bias", norm.bias


@torch.no_grad()
def fill(model, method):
    for name, p in named(model.net, "encoder"):
        p.copy_(given(name, p.shape))
    for part, prefix in (("head", "head" if method == "dino" else "projector"), ("predictor", "predictor")):
        if hasattr(model, part):
            for name, p in named(getattr(model, part), "method." + prefix):
                p.copy_(given(name, p.shape))
    for slow, fast in (("slow_net", "net"), ("slow_head", "head")):
        if hasattr(model, slow):
            getattr(model, slow).load_state_dict(getattr(model, fast).state_dict())
    if method == "moco-v2":
        bank = model.loss.memory_bank.bank
        bank.copy_(given("method.queue.keys", bank.shape))
    if method == "swav":
        weight = model.prototypes.heads[0].weight
        weight.copy_(given("method.prototypes", weight.shape))
        for i, queue in enumerate(model.queues):
            queue.bank.copy_(given(f"method.queue{i}.keys", queue.bank.shape))


def main():
    torch.set_num_threads(1)
    run, out = {"steps": STEPS, "batch": BATCH, "warmup": 0.25}, {}
    for system in SYSTEMS:
        s = system["settings"]
        model = peer.METHODS[system["method"]](peer.encoder(WIDTH, "cifar"), WIDTH * 8, s, run)
        fill(model, system["method"])
        optim, losses = peer.optimiser(model, system), []
        model.train()
        sides = [SIDE] * s.get("long", 2) + [round(SIDE * s.get("short_length", 0))] * s.get("short", 0)
        for step in range(STEPS):
            losses.append(peer.take(model, optim, [view(step, i, side) for i, side in enumerate(sides)], step, system, run))
        net = model.deployed().eval()
        with torch.no_grad():
            h = net(view(STEPS, 0, SIDE))
        out[system["method"]] = {"system": system, "losses": losses, "encodings": h[:2].flatten().tolist()}
    print(json.dumps({"library": peer.library(), "methods": out}, indent=1))


if __name__ == "__main__":
    main()
