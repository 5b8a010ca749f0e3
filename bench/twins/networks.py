"""The encoders and heads, as functions of weights that go by wavekin's names: w["encoder.input.weight"] and so on."""

import torch
from torch.nn import functional as F


def linear(w, at, x, bias=True):
    return F.linear(x, w[at + ".weight"], w[at + ".bias"] if bias else None)


def batch_norm(w, at, x, affine=True, train=True, shifted=True):
    """Ioffe and Szegedy (2015); running statistics move by a tenth towards the batch's, the variance unbiased."""
    scale, shift = w[at + ".weight"] if affine else None, w[at + ".bias"] if affine and shifted else None
    return F.batch_norm(x, w[at + ".running_mean"], w[at + ".running_var"], scale, shift, train, 0.1, 1e-5)


def conv(w, at, x, dilation=1):
    weight = w[at + ".weight"]
    return F.conv1d(x, weight, w[at + ".bias"], padding=dilation * (weight.shape[2] - 1) // 2, dilation=dilation)


def conv_steps(w, at, x, hidden=None):
    """The encoder of TS2Vec (Yue et al., 2022, appendix): a linear map of the channels and residual blocks of two dilated
    convolutions. x [N, C, T] to [N, D, T]; hidden [N, T] tells which time stamps are set to 0 behind the linear map."""
    h = conv(w, at + ".input", x)
    if hidden is not None:
        h = h * (1 - hidden)[:, None]
    i = 0
    while f"{at}.block{i}.conv1.weight" in w:
        block = f"{at}.block{i}"
        y = conv(w, block + ".conv2", F.gelu(conv(w, block + ".conv1", F.gelu(h), 2**i)), 2**i)
        h = y + (conv(w, block + ".shortcut", h) if block + ".shortcut.weight" in w else h)
        i += 1
    return h


def layer_norm(w, at, x):
    """Ba et al. (2016) over all features of an image x [N, C, H, W]; a scale and a shift for each channel."""
    return F.layer_norm(x, x.shape[1:], eps=1e-5) * w[at + ".weight"][:, None, None] + w[at + ".bias"][:, None, None]


def unit(w, at, x, stride, train):
    weight = w[at + ".conv.weight"]
    h = F.conv2d(x, weight, stride=stride, padding=weight.shape[2] // 2)
    if at + ".norm.running_mean" in w:
        return batch_norm(w, at + ".norm", h, train=train)
    return layer_norm(w, at + ".norm", h)


def resnet18(w, at, x, train=True):
    """He et al. (2016), with a first convolution of 3 x 3 pixels and no pooling: x [N, C, H, W] to [N, D]."""
    h = F.relu(unit(w, at + ".stem", x, 1, train))
    for stage in range(4):
        for b in range(2):
            block, stride = f"{at}.stage{stage}.block{b}", 2 if stage > 0 and b == 0 else 1
            y = unit(w, block + ".unit2", F.relu(unit(w, block + ".unit1", h, stride, train)), 1, train)
            if block + ".shortcut.conv.weight" in w:
                h = unit(w, block + ".shortcut", h, stride, train)
            h = F.relu(y + h)
    return h.mean((2, 3))


def encode(w, at, x, train=True):
    """x [N, C, T] by the convolutional encoder and its maximum over time, or [N, C, H, W] by the ResNet, to [N, D]."""
    if x.dim() == 4:
        return resnet18(w, at, x, train)
    return conv_steps(w, at, x).max(2).values


def mlp(w, at, x, layers, norm=True, last=None, bias=False, bias_out=False, train=True):
    """Linear layers with batch normalisation, where norm says so, and ReLU between them. Behind the last there is nothing, or
    batch normalisation: last is "affine", "scale", without shift, or "plain"."""
    for i in range(layers):
        end = i == layers - 1
        x = linear(w, f"{at}.linear{i}", x, bias or (end and bias_out))
        if norm and (not end or last):
            x = batch_norm(w, f"{at}.norm{i}", x, not end or last != "plain", train, not end or last == "affine")
        if not end:
            x = F.relu(x)
    return x


def normalize(x):
    """Brings rows to length 1."""
    return F.normalize(x, dim=-1, eps=1e-12)


def in_groups(w, at, apply, x, groups):
    """Shuffle-BN's encoding (He et al., 2020, section 3.3): equal parts of a batch one by one, each with the batch statistics
    of its own. Running statistics of what lies below `at` move once, by the mean of the parts' moments."""
    kept = [name for name in w if name.startswith(at + ".") and ".running_" in name]
    before, ends, out = {name: w[name] for name in kept}, [], []
    for part in x.chunk(groups):
        w.update({name: before[name].clone() for name in kept})
        out.append(apply(part))
        ends.append([w[name] for name in kept])
    for i, name in enumerate(kept):
        w[name] = torch.stack([end[i] for end in ends]).mean(0)
    return torch.cat(out)
