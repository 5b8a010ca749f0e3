"""The optimisers and the schedules of the papers, on plain tensors."""

import math


def half_cosine(k, total, start, end):
    """Goes from start to end along half a cosine (Loshchilov and Hutter, 2017); k counts the steps from 0."""
    return end + (start - end) * (1 + math.cos(math.pi * k / total)) / 2


def rate(training, k, total):
    """The learning rate of step k, from 0. A warm-up rises linearly (Goyal et al., 2017), and its first step has the first
    part of the rise, not 0; then comes half a cosine to 0 (SimCLR, BYOL and others), or drops at shares of the run (MoCo)."""
    peak, warmup = training["rate"], training["warmup"]
    if training.get("constant"):
        return peak
    if training.get("drops"):
        factors = [factor for share, factor in training["drops"] if k >= share * total]
        return peak * (factors[-1] if factors else 1)
    if k < warmup:
        return peak * (k + 1) / warmup
    return half_cosine(k - warmup, total - warmup, peak, 0)


def decay(training, k, total):
    """The weight decay of step k: constant, or rising along half a cosine (DINO)."""
    if training.get("decay_to"):
        return half_cosine(k, total, training["decay"], training["decay_to"])
    return training["decay"]


class Momentum:
    """SGD with momentum 0.9: v = 0.9 v + g + decay w; w -= rate v. Everything is decayed. Names below still have no momentum."""

    def __init__(self, training):
        self.v, self.still = {}, ()

    def forget(self, prefix):
        """Begins anew with parameters that do."""
        self.v = {name: v for name, v in self.v.items() if not name.startswith(prefix)}

    def move(self, name, p, g, rate, decay):
        beta = 0 if name.startswith(self.still) else 0.9
        v = self.v.get(name, 0) * beta + g + decay * p
        self.v[name] = v
        p -= rate * v


class LARS:
    """You et al. (2017), trust 0.001: g += decay w; g *= trust |w|/|g|; v = 0.9 v + g; w -= rate v. As Barlow Twins, MoCo v3 and
    DINO have it, the rate is outside the momentum, and biases and scales are neither decayed nor adapted."""

    trust = 1e-3

    def __init__(self, training):
        self.v = {}

    def move(self, name, p, g, rate, decay):
        if p.dim() > 1:
            g = g + decay * p
            if p.norm() > 0 and g.norm() > 0:
                g = g * (self.trust * p.norm() / g.norm())
        v = self.v.get(name, 0) * 0.9 + g
        self.v[name] = v
        p -= rate * v


class AdamW:
    """Loshchilov and Hutter (2019), algorithm 2; biases and scales are not decayed."""

    def __init__(self, training):
        self.beta1, self.beta2, self.state = 0.9, training.get("beta2") or 0.999, {}

    def move(self, name, p, g, rate, decay):
        m, v, k = self.state.get(name, (0, 0, 0))
        m, v, k = self.beta1 * m + (1 - self.beta1) * g, self.beta2 * v + (1 - self.beta2) * g * g, k + 1
        self.state[name] = m, v, k
        if p.dim() > 1:
            p -= rate * decay * p
        p -= rate * (m / (1 - self.beta1**k)) / ((v / (1 - self.beta2**k)).sqrt() + 1e-8)


OPTIMISERS = {"momentum": Momentum, "lars": LARS, "adamw": AdamW}
