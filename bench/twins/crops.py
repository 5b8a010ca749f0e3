"""Long and short crops: SwAV and DINO. Views are long ones first; each long one is predicted from all other crops."""

import torch
from torch.nn import functional as F

from networks import encode, linear, mlp, normalize
from training import half_cosine
from twin import Queue, Twin, follow


def by_size(apply, views):
    """Encodes neighbouring views of one size as one batch."""
    out, start = [], 0
    for i in range(1, len(views) + 1):
        if i == len(views) or views[i].shape != views[start].shape:
            out.append(apply(torch.cat(views[start:i])))
            start = i
    return torch.cat(out)


def swapped(codes, logits):
    """The mean over long crops i and all other crops v of the cross-entropy of codes i and the softmax of logits v."""
    losses = [-(q * logits[v].log_softmax(1)).sum(1).mean() for i, q in enumerate(codes) for v in range(len(logits)) if v != i]
    return sum(losses) / len(losses)


class SwAV(Twin):
    """Caron et al. (2020), eq. 2 to 5: codes by Sinkhorn-Knopp, over the batch and a queue of earlier embeddings for each long crop. The
    prototypes have length 1 at each step and stay at first."""

    def __init__(self, run):
        super().__init__(run)
        self.queues = [Queue(self.w, f"method.queue{i}") for i in range(self.s["long"])]

    def frozen(self, name, step):
        return name == "method.prototypes" and step < self.s["freeze"]

    def before(self, step):
        with torch.no_grad():
            self.w["method.prototypes"].copy_(normalize(self.w["method.prototypes"]))

    def codes(self, scores):
        """Appendix A: Q = exp(scores/eps), whose rows and columns are brought in turn to the sums 1/K and 1/B. The last is that
        of samples, so that a code sums to 1."""
        q = (scores / self.s["epsilon"]).exp().T
        q = q / q.sum()
        for _ in range(self.s["rounds"]):
            q = q / q.sum(1, keepdim=True) / len(q)
            q = q / q.sum(0, keepdim=True) / q.shape[1]
        return (q * q.shape[1]).T

    def loss(self, views, step):
        prototypes, n = self.w["method.prototypes"], len(views[0])
        h = by_size(lambda x: encode(self.w, "encoder", x), views)
        self.z = normalize(mlp(self.w, "method.projector", h, 2, bias=True)).split(n)  # one batch for the head
        scores, codes = [z @ prototypes.T for z in self.z], []
        with torch.no_grad():
            for queue, score in zip(self.queues, scores):
                full = queue.filled == len(queue.keys())
                known = torch.cat([queue.keys() @ prototypes.T, score]) if full else score
                codes.append(self.codes(known)[-n:])
        return swapped(codes, [s / self.s["temperature"] for s in scores])

    def after(self, step):
        for queue, z in zip(self.queues, self.z):
            queue.push(z.detach())


class DINO(Twin):
    """Caron et al. (2021), algorithm 1: the cross-entropy of softmax((g_t - c)/t_t) and softmax(g_s/t_s). The centre follows the mean of
    the teacher's outputs (eq. 4), the teacher the student with a momentum that rises to 1 along half a cosine; its temperature
    rises linearly and stays. The head is linear layers with GELU, length 1, and a last layer with rows of length 1, which
    stays at first. The teacher is kept."""

    deployed = "method.teacher.encoder"

    def frozen(self, name, step):
        return name == "method.head.last" and step < self.s["freeze_last"]

    def outputs(self, views, encoder="encoder", head="method.head"):
        z = by_size(lambda x: encode(self.w, encoder, x), views)
        for i in range(self.s["layers"]):
            z = linear(self.w, f"{head}.linear{i}", z)
            if i < self.s["layers"] - 1:
                z = F.gelu(z)
        return (normalize(z) @ normalize(self.w[head + ".last"]).T).split(len(views[0]))

    def temperature(self, step):
        """The k-th step of the rise has the k-th part of it."""
        t = self.s["teacher_temperature"]
        rise = t["warmup"] * self.run.steps
        return t["from"] if step + 1 >= rise else t["warm_from"] + (t["from"] - t["warm_from"]) * (step + 1) / rise

    def loss(self, views, step):
        with torch.no_grad():
            self.teacher = self.outputs(views[: self.s["long"]], "method.teacher.encoder", "method.teacher.head")
            p = [((g - self.w["method.centre"]) / self.temperature(step)).softmax(1) for g in self.teacher]
        return swapped(p, [g / self.s["temperature"] for g in self.outputs(views)])

    def after(self, step):
        m = self.s["centre_momentum"]
        self.w["method.centre"] = m * self.w["method.centre"] + (1 - m) * torch.cat(self.teacher).mean(0)
        m = half_cosine(step, self.run.steps, self.s["momentum"], 1)
        follow(self.w, "method.teacher.encoder.", "encoder.", m)
        follow(self.w, "method.teacher.head.", "method.head.", m)


TWINS = {"swav": SwAV, "dino": DINO}
