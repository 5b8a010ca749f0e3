"""What all twins have in common: weights, the step, and the comparison with wavekin's run."""

import math

import torch
from torch.nn import functional as F

import networks
import training


class Twin:
    """A method, written again. A subclass has `loss`, and what it does before and after a step; `self.w` are the weights and
    buffers by wavekin's names, `self.s` the settings, `self.run` the record."""

    deployed = "encoder"  # the weights that are kept

    def __init__(self, run):
        self.run, self.s = run, run.settings
        self.w = run.below("start.")
        for name in run.trained:
            self.w[name].requires_grad_()
        self.slopes = {}  # the largest norm of a parameter's gradients

    def loss(self, views, step):
        raise NotImplementedError

    def before(self, step):
        """Runs before the loss."""

    def after(self, step):
        """Runs behind the update of the weights."""

    def frozen(self, name, step):
        """Tells whether a parameter stays as it is in a step."""
        return False

    # What the methods are made of.

    def encode(self, x):
        return networks.encode(self.w, "encoder", x)

    def head(self, at, x, layers, **how):
        return networks.mlp(self.w, "method." + at, x, layers, **how)

    def samples(self, step):
        return self.run.drawn(step, "samples")

    # Training.

    def step(self, k):
        """Takes a step and returns its loss."""
        self.before(k)
        loss = self.loss(self.run.views(k), k)
        names = sorted(self.run.trained)
        grads = torch.autograd.grad(loss, [self.w[name] for name in names], allow_unused=True)
        how, total = self.run.training, self.run.steps
        with torch.no_grad():
            for name, g in zip(names, grads):
                if g is None or self.frozen(name, k):
                    continue
                self.slopes[name] = max(self.slopes.get(name, 0), g.norm().item())
                if how.get("clip_each") and g.norm() > how["clip_each"]:
                    g = g * (how["clip_each"] / g.norm())
                group = self.group(name)
                lr = how["rate"] if group.get("steady") else training.rate(how, k, total)
                decay = training.decay(how, k, total) if self.decayed(name) else 0
                self.optimiser.move(name, self.w[name], g, lr * group.get("rate", 1), decay)
            self.after(k)
        return loss.item()

    def group(self, name):
        """Is the first group of parameters with a rate of their own that a parameter is in."""
        for g in self.run.training.get("groups", []):
            if name.startswith(g["prefix"]) and (self.w[name].dim() < 2 or not g.get("vectors")):
                return g
        return {}

    def decayed(self, name):
        """Tells whether the weight decay is for a parameter; the optimiser may leave out more."""
        return True

    def train(self):
        self.optimiser = training.OPTIMISERS[self.run.training["optimizer"]](self.run.training)
        return [self.step(k) for k in range(self.run.steps)]

    def compare(self):
        """Repeats the run. Of each layer, weights, biases and statistics together, count |a-b|/|b|, and |a-b| over how far
        training has moved it."""
        losses = self.losses = self.train()
        start, end = self.run.below("start."), self.run.below("end.")
        weights, where, moves = 0.0, "", 0.0
        layers = {}
        for name in end:
            if name not in self.left_out():
                layers.setdefault(name.rsplit(".", 1)[0], []).append(name)
        for layer, names in layers.items():
            a, b, s = (torch.cat([w[name].detach().flatten() for name in names]) for w in (self.w, end, start))
            off, size, way = (a - b).norm().item(), b.norm().item(), (b - s).norm().item()
            if off > weights * size:
                weights, where = off / size, layer
            if way > 1e-4 * size:
                moves = max(moves, off / way)
        return {"Losses": nan(apart(losses, self.run.losses)), "Weights": nan(weights), "Where": where, "Moves": nan(moves)}

    def left_out(self):
        """Names of what is not compared: where a queue writes next, and parameters whose gradient is 0 but for rounding, such as a
        bias in front of a normalisation, whose running mean goes along. Adam makes steps even of that."""
        flat = {name for name, slope in self.slopes.items() if slope < 1e-9 * max(self.slopes.values())}
        behind = {name.replace(".linear", ".norm").replace(".bias", ".running_mean") for name in flat}
        return [name for name in self.w if name.endswith(".state") or name in flat | behind]


def apart(losses, others):
    """The largest |a-b|/max(|b|, 1) of two runs."""
    return max(abs(a - b) / max(abs(b), 1) for a, b in zip(losses, others))


def nan(x):
    """JSON has no NaN."""
    return x if math.isfinite(x) else 1e9


def cross_entropy(logits, own=None):
    """The mean over rows of -log softmax, at the columns `own`, by default the diagonal."""
    return F.cross_entropy(logits, torch.arange(len(logits)) if own is None else own)


def follow(w, slow, fast, m):
    """A teacher's step, xi = m xi + (1-m) theta, over parameters alone: running statistics are its own."""
    for name in w:
        if name.startswith(slow) and ".running_" not in name:
            w[name] = m * w[name] + (1 - m) * w[fast + name[len(slow):]].detach()


class Queue:
    """The newest keys, the oldest of which are written over (He et al., 2020)."""

    def __init__(self, w, name):
        self.w, self.name, self.at, self.filled = w, name, 0, 0

    def keys(self):
        return self.w[self.name + ".keys"]

    def push(self, rows):
        """Returns where the rows went."""
        keys = self.keys().clone()
        where = (torch.arange(len(rows)) + self.at) % len(keys)
        for i, row in zip(where, rows):
            keys[i] = row
        self.w[self.name + ".keys"] = keys
        self.at = (self.at + len(rows)) % len(keys)
        self.filled = min(len(keys), self.filled + len(rows))
        return where
