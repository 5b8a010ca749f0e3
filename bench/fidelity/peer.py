"""Trains one method of lightly, a public library of self-supervised learning, on CIFAR-10 and prints one JSON line.

    pip install torch torchvision lightly==1.5.22
    python bench/fidelity/peer.py --method simclr --images cifar10-jpeg.tar.gz --seed 0

The library gives encoder, heads, losses, queues, transforms and the nearest neighbours; the loop around them is ours, and
every figure in it comes from recipe.json, which wavekin is trained by as well. Where the library's heads or its examples
differ from the papers, the papers count on both sides: no bias behind BYOL's heads nor on SwAV's prototypes, crops of one
resolution encoded as one batch, MoCo's keys shuffled over groups of batch normalisation. Reported are the accuracy of
the nearest neighbours on pooled features (evaluation mode, no augmentation), the mean loss of the first and of the last
tenth of the steps, and the seconds of training; `--method untrained` is the encoder as it was drawn. `go run ./bench/fidelity` draws the table.
"""

import argparse
import copy
import io
import json
import math
import os
import random
import tarfile
import time

import lightly
import numpy as np
import torch
from lightly.loss import DINOLoss, NegativeCosineSimilarity, NTXentLoss, SwaVLoss
from lightly.models import ResNetGenerator, utils
from lightly.models.modules import heads
from lightly.models.modules.memory_bank import MemoryBankModule
from lightly.transforms.simclr_transform import SimCLRViewTransform
from lightly.transforms.swav_transform import SwaVTransform
from lightly.utils.benchmarking import knn_predict
from PIL import Image
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


def load(path, per_class):
    """Returns images and labels of the first per_class training images of each class, and of all test images."""
    found = {"train": [], "test": []}
    with tarfile.open(path) as tar:
        for member in tar:
            place = member.name.split("/")
            if len(place) != 3 or not place[2].endswith(".jpg"):
                continue
            part, label, name = place
            if part == "test" or int(name[:-4]) < per_class:
                image = Image.open(io.BytesIO(tar.extractfile(member).read())).convert("RGB")
                found[part].append((label, name, image))
    classes = sorted({label for label, _, _ in found["train"]})
    out = []
    for part in ("train", "test"):
        rows = sorted(found[part], key=lambda row: row[:2])
        out += [[row[2] for row in rows], torch.tensor([classes.index(row[0]) for row in rows])]
    return out


def measure(images, most=2000):
    """Returns mean and deviation of each channel, 0 to 1, over evenly spaced images."""
    count = min(len(images), most)
    x = np.stack([np.asarray(images[i * len(images) // count]) for i in range(count)]) / 255
    return x.mean((0, 1, 2)).tolist(), x.std((0, 1, 2)).tolist()


def batches(n, size, steps, rng):
    """Yields the sample numbers of each step, epoch after epoch; the last batch of an epoch may be smaller."""
    order = []
    for _ in range(steps):
        if len(order) < 2:
            order = list(rng.permutation(n))
        yield order[:size]
        order = order[size:]


def scheduled(step, steps, start, end, warmup=0.0):
    """Is the value at a step, from 0: a linear rise over a share of the steps, then half a cosine from start to end."""
    rise = warmup * steps
    if step + 1 < rise:
        return start * (step + 1) / rise
    done = min(1, max(0, (step - rise) / max(1, steps - rise)))
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * done))


def encoder(width, stem):
    """Is the library's ResNet-18 for CIFAR, up to the mean over the picture, drawn as torchvision draws it."""
    net = ResNetGenerator("resnet-18", width=width / 64)
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
    body = list(net.children())[:-1]
    # The library's forward applies the stem's ReLU in code.
    head = [body[0], body[1], nn.ReLU()] + [nn.MaxPool2d(3, 2, 1)] * (stem == "tiny")
    return nn.Sequential(*head, *body[2:], nn.AdaptiveAvgPool2d(1), nn.Flatten())


def by_size(net, views):
    """Encodes views of one resolution as one batch."""
    parts, start = [], 0
    while start < len(views):
        end = start + 1
        while end < len(views) and views[end].shape == views[start].shape:
            end += 1
        parts.append(net(torch.cat(views[start:end])))
        start = end
    return torch.cat(parts)


def in_groups(net, x, groups):
    """Encodes equal parts of a batch one by one, each with batch statistics of its own; running ones move once, by their mean."""
    if groups == 1 or len(x) % groups:
        return net(x)
    norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    start = [(m.running_mean.clone(), m.running_var.clone()) for m in norms]
    ends, out = [], []
    for part in x.chunk(groups):
        for m, (mean, var) in zip(norms, start):
            m.running_mean.data.copy_(mean)
            m.running_var.data.copy_(var)
        out.append(net(part))
        ends.append([(m.running_mean.clone(), m.running_var.clone()) for m in norms])
    for i, m in enumerate(norms):
        m.running_mean.data.copy_(torch.stack([end[i][0] for end in ends]).mean(0))
        m.running_var.data.copy_(torch.stack([end[i][1] for end in ends]).mean(0))
    return torch.cat(out)


def slow(module):
    """Is a copy that only its owner moves."""
    out = copy.deepcopy(module)
    utils.deactivate_requires_grad(out)
    return out


class SimCLR(nn.Module):
    views = None

    def __init__(self, net, dim, s, run):
        super().__init__()
        self.net, self.head = net, heads.SimCLRProjectionHead(dim, s["hidden"], s["out"], s["layers"])
        self.loss = NTXentLoss(s["temperature"])

    def forward(self, views, step):
        z = self.head(self.net(torch.cat(views)))
        return self.loss(*z.chunk(2))

    def after(self, step):
        pass

    def deployed(self):
        return self.net


class MoCo(SimCLR):
    def __init__(self, net, dim, s, run):
        nn.Module.__init__(self)
        self.net, self.head = net, heads.MoCoProjectionHead(dim, s["hidden"], s["out"])
        self.slow_net, self.slow_head = slow(self.net), slow(self.head)
        self.loss = NTXentLoss(s["temperature"], memory_bank_size=(s["queue"], s["out"]))
        self.momentum, self.groups = s["momentum"], s["groups"]

    def forward(self, views, step):
        utils.update_momentum(self.net, self.slow_net, self.momentum)
        utils.update_momentum(self.head, self.slow_head, self.momentum)
        query = self.head(in_groups(self.net, views[0], self.groups))
        with torch.no_grad():
            shuffled, order = utils.batch_shuffle(views[1])
            key = self.slow_head(in_groups(self.slow_net, shuffled, self.groups))
            key = utils.batch_unshuffle(key, order)
        return self.loss(query, key)


class BYOL(SimCLR):
    def __init__(self, net, dim, s, run):
        nn.Module.__init__(self)
        mlp = lambda start: heads.ProjectionHead([(start, s["hidden"], nn.BatchNorm1d(s["hidden"]), nn.ReLU()), (s["hidden"], s["out"], None, None, False)])
        self.net, self.head, self.predictor = net, mlp(dim), mlp(s["out"])
        self.slow_net, self.slow_head = slow(self.net), slow(self.head)
        self.loss, self.momentum, self.steps = NegativeCosineSimilarity(), s["momentum"], run["steps"]

    def forward(self, views, step):
        p = [self.predictor(self.head(self.net(x))) for x in views]
        with torch.no_grad():
            t = [self.slow_head(self.slow_net(x)) for x in views]
        # Equation 2 in both directions: 2 - 2cos each.
        return 4 + 2 * (self.loss(p[0], t[1]) + self.loss(p[1], t[0]))

    def after(self, step):
        m = scheduled(step, self.steps, self.momentum, 1)
        utils.update_momentum(self.net, self.slow_net, m)
        utils.update_momentum(self.head, self.slow_head, m)


class SimSiam(SimCLR):
    def __init__(self, net, dim, s, run):
        nn.Module.__init__(self)
        self.net, self.head = net, heads.SimSiamProjectionHead(dim, s["hidden"], s["out"])
        self.predictor = heads.SimSiamPredictionHead(s["out"], s["bottleneck"], s["out"])
        self.loss = NegativeCosineSimilarity()

    def forward(self, views, step):
        z = [self.head(self.net(x)) for x in views]
        p = [self.predictor(x) for x in z]
        return 0.5 * (self.loss(p[0], z[1].detach()) + self.loss(p[1], z[0].detach()))


class SwAV(SimCLR):
    def __init__(self, net, dim, s, run):
        nn.Module.__init__(self)
        self.net, self.head = net, heads.SwaVProjectionHead(dim, s["hidden"], s["out"])
        self.prototypes = heads.SwaVPrototypes(s["out"], s["prototypes"], s["freeze"])
        self.prototypes.heads[0].register_parameter("bias", None)
        self.loss = SwaVLoss(s["temperature"], s["rounds"], s["epsilon"])
        self.queues = nn.ModuleList(MemoryBankModule((s["queue"], s["out"]), feature_dim_first=False) for _ in range(s["long"]))
        self.long, self.queue_from = s["long"], max(int(s["queue_from"] * run["steps"]), math.ceil(s["queue"] / run["batch"]))
        self.views = s

    def forward(self, views, step):
        self.prototypes.normalize()
        z = F.normalize(self.head(by_size(self.net, views)), dim=1)
        scores = self.prototypes(z, step).chunk(len(views))
        waiting = []
        for queue, new in zip(self.queues, z.detach().chunk(len(views))):
            waiting.append(self.prototypes(queue(new, update=True)[1], step).detach())
        return self.loss(scores[: self.long], scores[self.long :], waiting if step >= self.queue_from else None)


class DINO(SimCLR):
    def __init__(self, net, dim, s, run):
        nn.Module.__init__(self)
        self.net, self.head = net, heads.DINOProjectionHead(dim, s["hidden"], s["bottleneck"], s["outputs"], batch_norm=True, freeze_last_layer=s["freeze_last"])
        self.slow_net, self.slow_head = slow(self.net), heads.DINOProjectionHead(dim, s["hidden"], s["bottleneck"], s["outputs"], batch_norm=True)
        self.slow_head.load_state_dict(self.head.state_dict())
        utils.deactivate_requires_grad(self.slow_head)
        teacher = s["teacher_temperature"]["from"]
        self.loss = DINOLoss(s["outputs"], teacher, teacher, student_temp=s["temperature"], center_momentum=s["centre_momentum"])
        self.long, self.momentum, self.steps, self.views = s["long"], s["momentum"], run["steps"], s

    def forward(self, views, step):
        student = self.head(by_size(self.net, views)).chunk(len(views))
        with torch.no_grad():
            teacher = self.slow_head(by_size(self.slow_net, views[: self.long])).chunk(self.long)
        return self.loss(list(teacher), list(student))

    def before_update(self, step):
        self.head.cancel_last_layer_gradients(step)

    def after(self, step):
        m = scheduled(step, self.steps, self.momentum, 1)
        utils.update_momentum(self.net, self.slow_net, m)
        utils.update_momentum(self.head, self.slow_head, m)

    def deployed(self):
        return self.slow_net


METHODS = {"simclr": SimCLR, "moco-v2": MoCo, "byol": BYOL, "simsiam": SimSiam, "swav": SwAV, "dino": DINO}


def transforms(crops, run):
    """Returns the transform of each view: two like SimCLR's, or the long and short crops of a method that cuts its own."""
    b, c, s, h = run["jitter"]
    colours = dict(cj_prob=run["jitter_share"], cj_strength=1.0, cj_bright=b, cj_contrast=c, cj_sat=s, cj_hue=h,
                   random_gray_scale=run["grey_share"], gaussian_blur=0.0, normalize={"mean": run["mean"], "std": run["deviation"]})
    if crops is None:
        return [SimCLRViewTransform(input_size=32, min_scale=run["crop"][0], **colours)] * 2
    short = round(32 * crops["short_length"])
    return SwaVTransform((32, short), (crops["long"], crops["short"]), (crops["long_crop"][0], crops["short_crop"][0]),
                         (crops["long_crop"][1], crops["short_crop"][1]), **colours).transforms


def optimiser(model, system):
    """AdamW leaves what has one dimension undecayed; SGD (Nesterov) decays everything. A predictor may have its own rate; SimSiam's is constant."""
    sgd, settings = system["optimizer"] == "sgd", system["settings"]
    groups = []
    for name, p in model.named_parameters():
        if p.requires_grad:
            predictor = name.startswith("predictor.")
            rate = settings.get("predictor_rate", 1) if predictor else 1
            steady = predictor and system["method"] == "simsiam" and not settings.get("falling_predictor")
            groups.append({"params": [p], "rate": rate, "steady": steady, "weight_decay": system["decay"] if sgd or p.dim() > 1 else 0.0})
    return torch.optim.SGD(groups, 1.0, momentum=0.9, nesterov=True) if sgd else torch.optim.AdamW(groups, 1.0)


@torch.no_grad()
def accuracy(net, images, run):
    """Returns the share of test images whose class the nearest training images tell."""
    net.eval()
    mean, std = (torch.tensor(run[k], dtype=torch.float32).view(1, 3, 1, 1) for k in ("mean", "deviation"))

    def features(part):
        x = torch.from_numpy(np.stack([np.asarray(i) for i in part])).permute(0, 3, 1, 2)
        return torch.cat([F.normalize(net((b.float() / 255 - mean) / std), dim=1) for b in x.split(500)])

    train, train_labels, test, test_labels = images
    bank, classes = features(train).T, int(train_labels.max()) + 1
    right = 0
    for query, label in zip(features(test).split(500), test_labels.split(500)):
        got = knn_predict(query, bank, train_labels, classes, run["k"], run["temperature"])[:, 0]
        right += int((got == label).sum())
    return right / len(test_labels)


def take(model, optim, views, step, system, run):
    """Takes a step and returns its loss."""
    loss = model(views, step).sum()
    optim.zero_grad()
    loss.backward()
    if hasattr(model, "before_update"):
        model.before_update(step)
    for group in optim.param_groups:
        group["lr"] = group["rate"] * (system["lr"] if group["steady"] else scheduled(step, run["steps"], system["lr"], 0, run["warmup"]))
    optim.step()
    model.after(step)
    return loss.item()


def train(model, system, images, run, seed):
    """Returns the losses of the steps and the seconds that they took."""
    optim, rng = optimiser(model, system), np.random.default_rng(seed)
    views, losses, start = transforms(model.views, run), [], time.perf_counter()
    model.train()
    for step, chosen in enumerate(batches(len(images), run["batch"], run["steps"], rng)):
        x = [torch.stack([view(images[i]) for i in chosen]).contiguous(memory_format=torch.channels_last) for view in views]
        losses.append(take(model, optim, x, step, system, run))
    return losses, time.perf_counter() - start


def library():
    return f"lightly {lightly.__version__}, PyTorch {torch.__version__}"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--method", choices=["untrained", *METHODS], required=True)
    p.add_argument("--images", required=True, help="the tar of CIFAR-10 as JPEG, train/CLASS/NNNN.jpg and test/CLASS/NNNN.jpg")
    p.add_argument("--recipe", default=os.path.join(HERE, "recipe.json"))
    p.add_argument("--steps", type=int, help="in place of the recipe's")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    with open(a.recipe) as f:
        run = json.load(f)
    run["steps"] = a.steps or run["steps"]
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    np.random.seed(a.seed)
    random.seed(a.seed)
    images = load(a.images, run["per_class"])
    run["mean"], run["deviation"] = measure(images[0])
    net = encoder(run["width"], run["stem"]).to(memory_format=torch.channels_last)
    done = {"side": "peer", "library": library(), "method": a.method, "seed": a.seed}
    if a.method == "untrained":
        print(json.dumps(done | {"accuracy": accuracy(net, images, run)}))
        return
    system = next(s for s in run["systems"] if s["method"] == a.method)
    model = METHODS[a.method](net, run["width"] * 8, system["settings"], run)
    losses, took = train(model, system, images[0], run, a.seed)
    tenth = max(1, len(losses) // 10)
    print(json.dumps(done | {"steps": run["steps"], "accuracy": accuracy(model.deployed(), images, run), "seconds": took,
                             "first_loss": sum(losses[:tenth]) / tenth, "loss": sum(losses[-tenth:]) / tenth}))


if __name__ == "__main__":
    main()
