"""Writes what the loss of CPC v2 is, in PyTorch, from the pseudo-code of its paper (Henaff et al., 2020, appendix A.2).

    python bench/fidelity/cpc.py > cpc/testdata/cpc_v2.json

Encodings and weights come from a formula (steps.py has it too), so that package cpc can be given the same ones. Written are the losses of
each distance, and the sums of the absolute values of the gradients, by the names that wavekin gives the weights.
"""

import json

import numpy as np
import torch
import torch.nn.functional as F

BATCH, ROWS, COLS, DIM, INNER, BLOCKS, TARGET, SCALE, FIRST, LAST = 3, 5, 4, 6, 8, 2, 5, 0.1, 2, 4


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


WEIGHTS = {}


def given(name, *shape):
    """Returns the weight of that name."""
    w = torch.tensor(stream(name, int(np.prod(shape))).reshape(shape) * (0.2 if len(shape) == 1 else 2 * shape[1] ** -0.5))
    w.requires_grad_(True)
    WEIGHTS[name] = w
    return w


def layer(name, x, out, height=1, width=1):
    """Applies a convolution of height by width to x [B, C, H, W]; wavekin keeps its kernel as a matrix, or with one axis for the taps."""
    shape = (out, x.shape[1]) + ((height * width,) if height * width > 1 else ())
    kernel = given(name + ".weight", *shape).reshape(out, x.shape[1], height, width)
    return F.conv2d(x, kernel, given(name + ".bias", out), padding=(0, width // 2))


def pixel_cnn(latents):
    """Sums up, at each patch, its row and the rows above."""
    h = latents
    for i in range(BLOCKS):
        c = F.relu(layer(f"context.block{i}.expand", h, INNER))
        c = layer(f"context.block{i}.across", c, INNER, 1, 3)
        c = F.relu(layer(f"context.block{i}.down", F.pad(c, (0, 0, 1, 0)), INNER, 2, 1))
        h = h + layer(f"context.block{i}.contract", c, DIM)
    return F.relu(h)


def main():
    latents = torch.tensor(stream("latents", BATCH * ROWS * COLS * DIM).reshape(BATCH, ROWS, COLS, DIM) * 2).permute(0, 3, 1, 2)
    context = pixel_cnn(latents)
    targets = layer("predictors.target", latents, TARGET).permute(0, 2, 3, 1).reshape(-1, TARGET)
    losses = []
    for i, k in enumerate(range(FIRST, LAST + 1)):
        guesses = layer(f"predictors.horizon{i}", context, TARGET)[:, :, :-k] * SCALE
        guesses = guesses.permute(0, 2, 3, 1).reshape(-1, TARGET)
        per = (ROWS - k) * COLS
        at = torch.arange(len(guesses))
        labels = at // per * ROWS * COLS + k * COLS + at % per
        losses.append(F.cross_entropy(guesses @ targets.T, labels))
    torch.stack(losses).mean().backward()
    print(json.dumps({"rows": ROWS, "cols": COLS, "dim": DIM, "inner": INNER, "blocks": BLOCKS, "target": TARGET, "scale": SCALE, "batch": BATCH,
                      "first": FIRST, "losses": [round(v.item(), 9) for v in losses],
                      "gradients": {k: round(float(w.grad.abs().sum()), 9) for k, w in WEIGHTS.items()}}, indent=1))


main()
