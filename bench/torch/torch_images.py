"""Networks of images, and SimCLR end to end on them, for torch_step.py."""

import contextlib
import time

import torch
import torch.nn.functional as F
from torch import nn

# The settings of the pipeline on both sides: pipeline.go has the same.
IMAGES = 2048
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-4


class Block(nn.Module):
    """Two 3 by 3 convolutions beside a path that is straight or of one convolution."""

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(cout), nn.BatchNorm2d(cout)
        self.shortcut = None
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        y += x if self.shortcut is None else self.shortcut(x)
        return F.relu(y, inplace=True)


class ResNet18(nn.Module):
    """torchvision's resnet18 with a 3 by 3 stem of stride 1 and no max-pooling: [N, 3, H, W] to [N, 8 width]."""

    def __init__(self, width):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        blocks, cin = [], width
        for stage in range(4):
            for first in (True, False):
                blocks.append(Block(cin, width << stage, 2 if first and stage else 1))
                cin = width << stage
        self.blocks, self.dim = nn.Sequential(*blocks), cin

    def forward(self, x):
        h = self.blocks(F.relu(self.norm(self.conv(x)), inplace=True))
        return F.adaptive_avg_pool2d(h, 1).flatten(1)


class ViT(nn.Module):
    """ViT-tiny with patches of 4 and fixed positions: [N, 3, 32, 32] to [N, 192]."""

    def __init__(self, layer, width=192, heads=3, depth=12, patch=4, side=32):
        super().__init__()
        self.patch = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.layers = nn.Sequential(*[layer(width, heads, 4 * width) for _ in range(depth)])
        self.norm, self.dim = nn.LayerNorm(width), width
        n = side // patch
        at = torch.arange(n)[:, None] / 10000 ** (torch.arange(width // 4) / (width // 4))
        code = torch.cat([at.sin(), at.cos()], 1)
        rows, columns = code[:, None].expand(n, n, -1), code[None].expand(n, n, -1)
        self.register_buffer("positions", torch.cat([rows, columns], 2).reshape(n * n, width))

    def forward(self, x):
        h = self.patch(x).flatten(2).transpose(1, 2) + self.positions
        h = torch.cat([self.token.expand(len(h), -1, -1), h], 1)
        return self.norm(self.layers(h)[:, 0])


class Noise(torch.utils.data.Dataset):
    """Images of random colours in memory, as two views by SimCLR's recipe for CIFAR."""

    def __init__(self):
        from torchvision.transforms import v2

        self.images = torch.randint(0, 256, (IMAGES, 32, 32, 3), dtype=torch.uint8).numpy()
        # PIL's images go through these faster than tensors do.
        self.view = v2.Compose([
            v2.RandomResizedCrop(32, scale=(0.08, 1), antialias=True), v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8), v2.RandomGrayscale(0.2),
            v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5] * 3, [0.29] * 3),
        ])

    def __len__(self):
        return IMAGES

    def __getitem__(self, i):
        from PIL import Image

        image = Image.fromarray(self.images[i])
        return self.view(image), self.view(image)


def forever(loader):
    while True:
        yield from loader


def autocast(precision):
    """Returns the context in which the forward computation runs."""
    if precision == "bf16":
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return contextlib.nullcontext()


def pipelines(build, batch, threads, nt_xent, precisions):
    """Returns the variants of SimCLR's step with its images: precisions, layouts of memory, and workers of the loader."""
    variants = []
    for precision in precisions:
        for workers in (0, 2) if threads > 1 else (0,):
            for layout in (torch.contiguous_format, torch.channels_last):
                variants.append((precision, *pipeline(build(), batch, workers, layout, nt_xent, precision)))
    return variants


def pipeline(encoder, batch, workers, layout, nt_xent, precision):
    head = nn.Sequential(nn.Linear(encoder.dim, 256, bias=False), nn.BatchNorm1d(256), nn.ReLU(inplace=True),
                         nn.Linear(256, 128, bias=False), nn.BatchNorm1d(128))
    model = nn.Sequential(encoder, head).to(memory_format=layout)
    try:
        optimiser = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    except (TypeError, RuntimeError):
        optimiser = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY, foreach=True)
    loader = None

    def step():
        nonlocal loader
        if loader is None:  # workers start with the first step, not all variants' at once
            loader = forever(torch.utils.data.DataLoader(Noise(), batch, shuffle=True, drop_last=True, num_workers=workers,
                                                         persistent_workers=workers > 0))
        optimiser.zero_grad(set_to_none=True)
        x = torch.cat(next(loader)).to(memory_format=layout)
        with autocast(precision):
            loss = nt_xent(model(x).float())
        loss.backward()
        optimiser.step()
        return loss.item()

    return step, model


# What time is taken by.
clock = time.perf_counter


def seconds(run):
    """Returns the time of two calls, behind a first one that warms up."""
    run()
    start = clock()
    run()
    run()
    return clock() - start


def fastest(variants):
    """Returns the fastest of several variants, each a precision, a function and its network: precision, function and the
    number of weights."""
    precision, run, model = variants.pop(0)
    least = seconds(run) if variants else 0
    while variants:
        other = variants.pop(0)
        took = seconds(other[1])
        if took < least:
            (precision, run, model), least = other, took
        other = None  # its memory is free for the next
    return precision, run, sum(p.numel() for p in model.parameters())
