"""Contrast with a memory bank of one row for each sample: NPID and CMC."""

import math

import torch

from networks import encode, normalize
from twin import Twin, cross_entropy


def noise_contrast(logits, log_z, rows):
    """Wu et al. (2018), eq. 5 to 7: P = exp(logit)/Z, h = P/(P + m/n) with m noise samples drawn from 1/n each, and the mean over the
    batch of -log h of the positive (column 0) - sum of log(1-h) of the noise."""
    m = logits.shape[1] - 1
    p = (logits - log_z).exp()
    h = p / (p + m / rows)
    return -(h[:, 0].log() + (1 - h[:, 1:]).log().sum(1)).mean()


def first_z(logits, rows):
    """Z is estimated by the first batch and stays: n times the mean of the exponentials."""
    return math.log(rows) + logits.detach().exp().mean().log().item()


def remember(bank, ids, v, momentum):
    """The rows of the batch move towards what their samples are now, and back to length 1 (the released code's momentum)."""
    out = bank.clone()
    out[ids] = normalize(momentum * bank[ids] + (1 - momentum) * v.detach())
    return out


class NPID(Twin):
    """Wu et al. (2018): non-parametric softmax (eq. 2), or noise contrast, and the proximal term lambda |v_i - b_i|^2 (eq. 9)."""

    def loss(self, views, step):
        v = normalize(self.head("projector", self.encode(views[0]), 1, norm=False, bias=True))
        self.v, bank, ids, t = v, self.w["method.bank.rows"], self.samples(step), self.s["temperature"]
        if self.s["loss"] == "softmax":
            return cross_entropy(v @ bank.T / t, ids)
        rows = torch.cat([ids[:, None], self.run.drawn(step, "rows")], 1)
        logits = (bank[rows] * v[:, None]).sum(2) / t
        if step == 0:
            self.log_z = first_z(logits, len(bank))
            self.w["method.z"] = torch.tensor([1.0, self.log_z])
        return noise_contrast(logits, self.log_z, len(bank)) + self.s["proximal"] * (v - bank[ids]).square().sum(1).mean()

    def after(self, step):
        self.w["method.bank.rows"] = remember(self.w["method.bank.rows"], self.samples(step), self.v, self.s["momentum"])


class CMC(Twin):
    """Tian et al. (2020), eq. 3 and 6: an encoder for each view, here groups of channels, as the paper splits L from ab; a view is
    contrasted with the bank of the other, in both directions, by noise contrast with a Z for each."""

    def part(self, x, i):
        """The channels of a view, as in raw:1-2."""
        first, _, last = self.s["views"][i].partition(":")[2].partition("-")
        return x[:, int(first): int(last or first) + 1]

    def loss(self, views, step):
        ids, t = self.samples(step), self.s["temperature"]
        rows = torch.cat([ids[:, None], self.run.drawn(step, "rows")], 1)
        self.v, total = [], 0
        for i in range(2):
            h = encode(self.w, f"encoder.view{i}", self.part(views[0], i))
            self.v.append(normalize(self.head(f"view{i}.projector", h, 1, norm=False, bias=True)))
        for i, way in enumerate(("there", "back")):
            bank = self.w[f"method.view{1 - i}.bank.rows"]
            logits = (bank[rows] * self.v[i][:, None]).sum(2) / t
            if step == 0:
                self.w[f"method.view1.z0.{way}"] = torch.tensor([1.0, first_z(logits, len(bank))])
            total = total + noise_contrast(logits, self.w[f"method.view1.z0.{way}"][1], len(bank))
        return total

    def after(self, step):
        for i, v in enumerate(self.v):
            name = f"method.view{i}.bank.rows"
            self.w[name] = remember(self.w[name], self.samples(step), v, self.s["momentum"])


TWINS = {"npid": NPID, "cmc": CMC}
