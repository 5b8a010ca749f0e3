"""A slow copy of the network: MoCo v1 to v3 and BYOL; and SimSiam, which does without."""

import torch
from torch.nn import functional as F

from networks import encode, in_groups, mlp, normalize
from training import half_cosine
from twin import Queue, Twin, cross_entropy, follow


class Slow(Twin):
    """A network with a slow copy of encoder and projector, both built the same."""

    def project(self, x, slow=False):
        raise NotImplementedError

    def scopes(self, slow):
        return ("method.teacher.encoder", "method.teacher.projector") if slow else ("encoder", "method.projector")

    def follow(self, m):
        follow(self.w, "method.teacher.encoder.", "encoder.", m)
        follow(self.w, "method.teacher.projector.", "method.projector.", m)


class MoCo(Slow):
    """He et al. (2020), eq. 1 and algorithm 1: -log exp(q k+/t) over the sum of exp(q k/t) with k+ and the queue. The keys are
    encoded in shuffled groups of batch normalisation (section 3.3). Version 2 has a head of two layers (Chen et al., 2020); the
    symmetric form of the authors' CIFAR-10 demo sums both directions."""

    layers = 1

    def __init__(self, run):
        super().__init__(run)
        self.queue = Queue(self.w, "method.queue")

    def before(self, step):
        """As released, the slow network moves before it encodes, which is behind the step before."""
        self.follow(self.s["momentum"])

    def project(self, x, slow=False):
        encoder, projector = self.scopes(slow)
        h = in_groups(self.w, encoder, lambda part: encode(self.w, encoder, part), x, self.s["groups"])
        return normalize(mlp(self.w, projector, h, self.layers, norm=False, bias=True))

    def loss(self, views, step):
        order = self.run.drawn(step, "order")
        back, total, self.keys = order.argsort(), 0, []
        for query, key in [views, views[::-1]][: 1 + bool(self.s.get("symmetric"))]:
            q = self.project(query)
            with torch.no_grad():
                k = self.project(key[order], slow=True)[back]
            self.keys.append(k)
            logits = torch.cat([(q * k).sum(1, keepdim=True), q @ self.queue.keys().T], 1) / self.s["temperature"]
            total = total + cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))
        return total

    def after(self, step):
        for k in self.keys:
            self.queue.push(k)


class MoCoV2(MoCo):
    layers = 2


class MoCoV3(Slow):
    """Chen, Xie and He (2021), algorithm 1: 2t times the cross-entropy of q1 k2/t against the diagonal, and of q2 k1/t. As released, the
    projector of a convolutional network has two layers, batch normalisation behind both, the last without scale and shift; the
    predictor has none behind its last. The slow network's momentum rises along half a cosine to 1."""

    def before(self, step):
        self.follow(half_cosine(step, self.run.steps, self.s["momentum"], 1))

    def project(self, x, slow=False):
        encoder, projector = self.scopes(slow)
        return mlp(self.w, projector, encode(self.w, encoder, x), 2, last="plain")

    def loss(self, views, step):
        q = [normalize(self.head("predictor", self.project(x), 2)) for x in views]
        with torch.no_grad():
            k = [normalize(self.project(x, slow=True)) for x in views]
        t = self.s["temperature"]
        return 2 * t * (cross_entropy(q[0] @ k[1].T / t) + cross_entropy(q[1] @ k[0].T / t))


class BYOL(Slow):
    """Grill et al. (2020), eq. 2: 2 - 2 cos(q(z1), z'2), and the same with the views exchanged, summed; z' is the slow network's. Its
    momentum is 1 - (1-m)(cos(pi k/K) + 1)/2 (section 3.1). The heads have two layers, the last without bias."""

    def project(self, x, slow=False):
        encoder, projector = self.scopes(slow)
        return mlp(self.w, projector, encode(self.w, encoder, x), 2)

    def loss(self, views, step):
        p = [self.head("predictor", self.project(x), 2) for x in views]
        with torch.no_grad():
            t = [self.project(x, slow=True) for x in views]
        return (4 - 2 * F.cosine_similarity(p[0], t[1]) - 2 * F.cosine_similarity(p[1], t[0])).mean()

    def after(self, step):
        self.follow(half_cosine(step, self.run.steps, self.s["momentum"], 1))


class SimSiam(Twin):
    """Chen and He (2021), algorithm 1: -(cos(p1, stop z2) + cos(p2, stop z1))/2. The projector has batch normalisation behind each
    layer, the last without scale and shift; the predictor is a bottleneck whose last layer has a bias alone, and whose rate
    does not fall (section 4.2)."""

    def loss(self, views, step):
        z = [self.head("projector", self.encode(x), self.s["layers"], last="plain") for x in views]
        p = [self.head("predictor", x, 2, bias_out=True) for x in z]
        return -(F.cosine_similarity(p[0], z[1].detach()) + F.cosine_similarity(p[1], z[0].detach())).mean() / 2


TWINS = {"moco-v1": MoCo, "moco-v2": MoCoV2, "moco-v3": MoCoV3, "byol": BYOL, "simsiam": SimSiam}
