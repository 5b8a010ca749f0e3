"""Contrast with the negatives in the batch: SimCLR, SimCLR v2, InvaSpread, DCL, SupCon, NNCLR."""

import torch

from networks import encode, mlp, normalize
from twin import Queue, Twin, cross_entropy, follow


def apart(n):
    """Is -infinity on the diagonal and 0 elsewhere: a row is no candidate of its own."""
    return torch.zeros(n, n).fill_diagonal_(-torch.inf)


def partner(n):
    """The row of the other view, for each of 2n rows, the second views behind the first."""
    return torch.arange(2 * n).roll(n)


def nt_xent(z, t):
    """Chen et al. (2020), eq. 1: l(i,j) = -log exp(sim(i,j)/t) / sum over k != i of exp(sim(i,k)/t), the mean over the 2N ordered
    pairs."""
    return cross_entropy(z @ z.T / t + apart(len(z)), partner(len(z) // 2))


class SimCLR(Twin):
    """Chen et al. (2020): NT-Xent behind a projection head of two layers with batch normalisation behind both, the last without
    shift (google-research/simclr, model_util.py)."""

    def project(self, views):
        return normalize(self.head("projector", self.encode(torch.cat(views)), self.s["layers"], last="scale"))

    def loss(self, views, step):
        return nt_xent(self.project(views), self.s["temperature"])


class SimCLRv2(SimCLR):
    """Chen et al. (2020b): three layers; with a memory (section 2.1, after MoCo), the keys of a slow network, of both views, are
    further negatives of every view."""

    def __init__(self, run):
        super().__init__(run)
        self.queue = Queue(self.w, "method.queue")

    def loss(self, views, step):
        if not self.s.get("memory"):
            return super().loss(views, step)
        with torch.no_grad():
            slow = encode(self.w, "method.teacher.encoder", torch.cat(views))
            self.keys = normalize(mlp(self.w, "method.teacher.projector", slow, self.s["layers"], last="scale"))
        z = self.project(views)
        logits = torch.cat([z @ z.T + apart(len(z)), z @ self.queue.keys().T], 1) / self.s["temperature"]
        return cross_entropy(logits, partner(len(z) // 2))

    def after(self, step):
        if self.s.get("memory"):
            follow(self.w, "method.teacher.encoder.", "encoder.", self.s["momentum"])
            follow(self.w, "method.teacher.projector.", "method.projector.", self.s["momentum"])
            self.queue.push(self.keys)


class InvaSpread(Twin):
    """Ye et al. (2019). The paper's form is eq. 3 to 6: P(i|^x_i) = exp(f_i ^f_i/t) / sum_k exp(f_k ^f_i/t), P(i|x_j) = exp(f_i f_j/t) /
    sum_k exp(f_k f_j/t), and -sum_i log P(i|^x_i) - sum_i sum_{j != i} log(1 - P(i|x_j)), over N here. In the released form both
    copies of a sample are anchors, a row is no candidate of its own, and the gradient goes to the anchors alone."""

    def loss(self, views, step):
        z = normalize(self.head("projector", self.encode(torch.cat(views)), 1, norm=False, bias=True))
        n, t = len(views[0]), self.s["temperature"]
        if self.s["form"] == "paper":
            f, hat = z[:n], z[n:]
            own = (f @ hat.T / t).softmax(0).diagonal()
            others = (f @ f.T / t).softmax(0)
            return -(own.log().sum() + (1 - others).log().masked_fill(torch.eye(n, dtype=bool), 0).sum()) / n
        p = (z @ z.detach().T / t + apart(2 * n)).softmax(1)
        own = p[torch.arange(2 * n), partner(n)]
        rest = p.masked_fill(torch.eye(2 * n, dtype=bool).roll(n, 1), 0)
        return -(own.log().sum() + (1 - rest).log().sum()) / (2 * n)


class DCL(Twin):
    """Yeh et al. (2022), eq. 6: -s+/t + log of the sum of exp(s/t) over the 2N-2 rows of other samples, the mean over both views.
    DCLW (section 3.3) multiplies the first term by 2 - exp(s+/sigma) / E exp(s+/sigma)."""

    def loss(self, views, step):
        z = normalize(self.head("projector", self.encode(torch.cat(views)), 2, last="affine"))
        n, t = len(views[0]), self.s["temperature"]
        positive = (z[:n] * z[n:]).sum(1)
        weight = 1
        if self.s.get("weighted"):
            e = (positive / self.s["sigma"]).exp()
            weight = 2 - e / e.mean()
        others = z @ z.T / t + apart(2 * n) + apart(2 * n).roll(n, 1)
        return -(weight * positive / t).mean() + others.logsumexp(1).mean()


class SupCon(Twin):
    """Khosla et al. (2020), eq. 2: sum_i -1/|P(i)| sum_{p in P(i)} log exp(z_i z_p/t) / sum_{a != i} exp(z_i z_a/t), the mean here;
    the released code multiplies by t/t_base. The head is two layers with biases and no normalisation."""

    def loss(self, views, step):
        z = normalize(self.head("projector", self.encode(torch.cat(views)), 2, norm=False, bias=True))
        t, n = self.s["temperature"], len(z)
        label = self.samples(step).repeat(2) % 4  # paths.go: the class of sample i
        positive = (label[:, None] == label[None]) & ~torch.eye(n, dtype=bool)
        log_p = (z @ z.T / t + apart(n)).log_softmax(1)
        each = log_p.masked_fill(~positive, 0).sum(1) / positive.sum(1)
        return -each.mean() * t / self.s["base_temperature"]


class NNCLR(Twin):
    """Dwibedi et al. (2021), eq. 3 and 4: -log exp(nn(z_i) z+_i/t) / sum_k exp(nn(z_i) z+_k/t) with the nearest neighbour nn of z_i in a
    queue, z+ the prediction from the other view, the mean over both directions. Keys of the sample itself are passed over."""

    def __init__(self, run):
        super().__init__(run)
        self.queue = Queue(self.w, "method.queue")

    def loss(self, views, step):
        h = self.head("projector", self.encode(torch.cat(views)), 3, last="affine")
        z, p = normalize(h), normalize(self.head("predictor", h, 2, bias_out=True))
        n, ids = len(views[0]), self.samples(step)
        own = ids.repeat(2)[:, None] == self.w["method.queue.ids"][None]
        nearest = self.queue.keys()[(z.detach() @ self.queue.keys().T).masked_fill(own, -torch.inf).argmax(1)]
        self.keys = z[:n].detach()
        t = self.s["temperature"]
        return (cross_entropy(nearest[:n] @ p[n:].T / t) + cross_entropy(nearest[n:] @ p[:n].T / t)) / 2

    def after(self, step):
        ids = self.w["method.queue.ids"].clone()
        ids[self.queue.push(self.keys)] = self.samples(step).to(ids.dtype)
        self.w["method.queue.ids"] = ids


TWINS = {"simclr": SimCLR, "simclr-v2": SimCLRv2, "invaspread": InvaSpread, "dcl": DCL, "supcon": SupCon, "nnclr": NNCLR}
