"""The PyTorch side of the speed comparison: the same networks, loss and optimiser.

It prints one JSON line when it is ready and one per repetition. With --serve it
waits for a line on standard input before each repetition, so that another program
can interleave its own; `go run ./bench/speed` does.

    python bench/torch/torch_step.py --model conv6 --task step --threads 1 --reps 5

It runs on PyTorch 1.13 and later; the task pipeline wants torchvision as well. Where a
version has something faster (fused attention, the fused optimiser), it is used. The
networks of images and the pipeline are in torch_images.py.
"""

import argparse
import json
import math
import os
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

import torch_images


def memory_mb(field):
    """Returns VmHWM (the peak) or VmRSS (now) of this process in MB."""
    try:
        with open("/proc/self/status") as f:
            for line in f:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


IMPORT_MB = memory_mb("VmRSS")
TEMPERATURE = 0.2
LEARNING_RATE = 1e-4


class ConvBlock(nn.Module):
    """GELU, convolution, GELU, convolution, and a residual path."""

    def __init__(self, cin, cout, dilation):
        super().__init__()
        self.first = nn.Conv1d(cin, cout, 3, padding=dilation, dilation=dilation)
        self.second = nn.Conv1d(cout, cout, 3, padding=dilation, dilation=dilation)
        self.shortcut = nn.Conv1d(cin, cout, 1) if cin != cout else None

    def forward(self, x):
        y = self.second(F.gelu(self.first(F.gelu(x))))
        return y + (x if self.shortcut is None else self.shortcut(x))


class Conv(nn.Module):
    """The dilated residual network of TS2Vec, [N, 1, T] to [N, 320]."""

    def __init__(self, depth):
        super().__init__()
        self.input = nn.Conv1d(1, 64, 1)
        self.blocks = nn.Sequential(
            *[ConvBlock(64, 320 if i == depth else 64, 2**i) for i in range(depth + 1)]
        )

    def forward(self, x):
        return self.blocks(self.input(x)).amax(dim=2)


class Layer(nn.Module):
    """A pre-norm Transformer layer; query, key and value are one product."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.expand, self.contract = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def attention(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v)
        else:
            y = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(d // self.heads), -1) @ v
        return self.out(y.transpose(1, 2).reshape(n, t, d))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.contract(F.gelu(self.expand(self.norm2(x))))


class Transformer(nn.Module):
    """One token per time stamp, fixed positions, the mean over tokens: [N, 1, T] to [N, 128]."""

    def __init__(self, length, width=128, heads=4, depth=4, hidden=512):
        super().__init__()
        self.input = nn.Conv1d(1, width, 1)
        self.layers = nn.Sequential(*[Layer(width, heads, hidden) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        at = torch.arange(length)[:, None] / 10000 ** (torch.arange(0, width, 2) / width)
        self.register_buffer("positions", torch.stack([at.sin(), at.cos()], 2).reshape(length, width))

    def forward(self, x):
        h = self.input(x).transpose(1, 2) + self.positions
        return self.norm(self.layers(h)).mean(dim=1)


# The networks by name, with the shape of a sample.
MODELS = {
    "conv6": ((1, 256), lambda: Conv(6)),
    "conv10": ((1, 256), lambda: Conv(10)),
    "transformer": ((1, 128), lambda: Transformer(128)),
    "resnet18": ((3, 32, 32), lambda: torch_images.ResNet18(64)),
    "resnet18-narrow": ((3, 32, 32), lambda: torch_images.ResNet18(16)),
    "vit-tiny": ((3, 32, 32), lambda: torch_images.ViT(Layer)),
}


def nt_xent(h):
    """SimCLR's loss of encodings [2N, D], the second views behind the first."""
    z = F.normalize(h, dim=1)
    logits = (z @ z.t() / TEMPERATURE).masked_fill(torch.eye(len(z), dtype=torch.bool), -1e9)
    return F.cross_entropy(logits, (torch.arange(len(z)) + len(z) // 2) % len(z))


def adam(params):
    for fast in ({"fused": True}, {"foreach": True}, {}):
        try:
            opt = torch.optim.Adam(params, lr=LEARNING_RATE, **fast)
        except (TypeError, RuntimeError, ValueError):
            continue
        return opt
    raise SystemExit("no Adam")


def views(samples, shape):
    """Two noisy views of random samples, one behind the other."""
    x = torch.randn(samples, *shape)
    return torch.cat([x + 0.1 * torch.randn_like(x), x + 0.1 * torch.randn_like(x)])


def work(model, shape, task, batch, precision):
    """Returns a function that takes one training step, or encodes one batch."""
    if task == "encode":
        model.eval()
        x = torch.randn(batch, *shape)

        def encode():
            with torch.inference_mode(), torch_images.autocast(precision):
                return model(x)[0, 0].item()

        return encode
    optimiser, x = adam(list(model.parameters())), views(batch // 2, shape)

    def step():
        optimiser.zero_grad(set_to_none=True)
        with torch_images.autocast(precision):
            loss = nt_xent(model(x).float())
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def prepare(name, task, threads, batch, precisions):
    """Returns the task as a function, the fastest of its variants, and the number of weights."""
    shape, build = MODELS[name]
    if task == "pipeline":
        return torch_images.fastest(torch_images.pipelines(build, batch, threads, nt_xent, precisions))
    # Convolutions of images have two layouts of memory.
    layouts = (torch.contiguous_format, torch.channels_last) if len(shape) == 3 else (torch.contiguous_format,)
    variants = []
    for precision in precisions:
        for layout in layouts:
            model = build().to(memory_format=layout)
            variants.append((precision, work(model, shape, task, batch, precision), model))
    return torch_images.fastest(variants)


def default_batch(model, task):
    if task == "pipeline":
        return 64
    if len(MODELS[model][0]) == 3:
        return 128
    return 64 if task == "encode" else 32


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", choices=sorted(MODELS), default="conv6")
    p.add_argument("--task", choices=["step", "encode", "pipeline"], default="step")
    p.add_argument("--batch", type=int, default=0, help="samples; 0 is what `go run ./bench/speed` takes")
    p.add_argument("--precision", choices=["float32", "bf16", "fastest"], default="float32",
                   help="bf16 is autocast to bfloat16, fastest the faster of both")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--iterations", type=int, default=5, help="per repetition")
    p.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu is the time of processors alone")
    p.add_argument("--reps", type=int, default=5)
    p.add_argument("--serve", action="store_true", help="wait for a line before each repetition")
    a = p.parse_args()
    if a.clock == "cpu":
        torch_images.clock = time.process_time
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    batch = a.batch or default_batch(a.model, a.task)
    precisions = ("float32", "bf16") if a.precision == "fastest" else (a.precision,)
    precision, run, parameters = prepare(a.model, a.task, a.threads, batch, precisions)
    for _ in range(3):
        run()
    say = lambda **fields: print(json.dumps(fields), flush=True)
    say(system="PyTorch " + torch.__version__, threads=torch.get_num_threads(), batch=batch, precision=precision,
        parameters=parameters, start_mb=round(IMPORT_MB, 1))
    done = 0
    while done < a.reps if not a.serve else sys.stdin.readline():
        start = torch_images.clock()
        for _ in range(a.iterations):
            value = run()
        ms = (torch_images.clock() - start) * 1000 / a.iterations
        say(ms=ms, value=value, peak_mb=round(memory_mb("VmHWM"), 1))
        done += 1


if __name__ == "__main__":
    sys.exit(main())
