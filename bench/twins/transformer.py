"""Causal self-attention with the normalisation in front of each part (Vaswani et al., 2017; Xiong et al., 2020)."""

import math

import torch
from torch.nn import functional as F

from networks import linear


def positions(t, d):
    """The code of Vaswani et al. (2017), section 3.5: sines at even places and cosines at odd ones."""
    angle = torch.arange(float(t))[:, None] / 10000 ** (torch.arange(d) // 2 * 2.0 / d)
    return torch.where(torch.arange(d) % 2 == 0, angle.sin(), angle.cos())


def norm(w, at, x):
    return F.layer_norm(x, x.shape[-1:], w[at + ".weight"], w[at + ".bias"], 1e-5)


def layer(w, at, x, heads):
    h = norm(w, at + ".norm1", x)
    n, t, d = h.shape
    q, k, v = (linear(w, f"{at}.{part}", h).reshape(n, t, heads, -1).transpose(1, 2) for part in ("query", "key", "value"))
    later = torch.full((t, t), -torch.inf).triu(1)
    a = (q @ k.mT / math.sqrt(d // heads) + later).softmax(3) @ v
    x = x + linear(w, at + ".out", a.transpose(1, 2).reshape(n, t, d))
    return x + linear(w, at + ".contract", F.gelu(linear(w, at + ".expand", norm(w, at + ".norm2", x))))


def transformer(w, at, z, depth, heads=4):
    """z [N, T, D] to contexts [N, T, H], each of which knows the steps so far."""
    x = linear(w, at + ".in", z)
    x = x + positions(*x.shape[1:])
    for i in range(depth):
        x = layer(w, f"{at}.layer{i}", x, heads)
    return norm(w, at + ".norm", x)
