"""What learns from the order of time stamps: TS2Vec, TS-TCC, TNC, T-Loss."""

import torch
from torch.nn import functional as F

from contrast import nt_xent
from networks import conv_steps, linear, normalize
from transformer import transformer
from twin import Twin, cross_entropy


class TS2Vec(Twin):
    """Yue et al. (2022), eq. 1 to 3 and algorithm 1, and the released code's average of the weights. Views are two crops, of which
    the end of the first and the beginning of the second show the same; hidden time stamps are 0 behind the linear map."""

    def loss(self, views, step):
        out = [conv_steps(self.w, "encoder", x, self.run.tensors[f"step{step}.hidden{i}"]).mT for i, x in enumerate(views)]
        spans = self.run.drawn(step, "spans")
        overlap = int(spans[0, 1] - spans[1, 0])
        return self.hierarchy(out[0][:, -overlap:], out[1][:, :overlap])

    def contrast(self, a, b):
        """a, b [G, M, D]: in each of G groups a row finds its counterpart among the 2M-1 other rows, by the dot product."""
        m = a.shape[1]
        z = torch.cat([a, b], 1)
        logits = z @ z.mT + torch.zeros(2 * m, 2 * m).fill_diagonal_(-torch.inf)
        return F.cross_entropy(logits.flatten(0, 1), torch.arange(2 * m).roll(m).repeat(len(z)))

    def hierarchy(self, a, b):
        alpha, total, levels = self.s["instance"], 0, 0
        while True:
            total = total + alpha * self.contrast(a.transpose(0, 1), b.transpose(0, 1))
            if a.shape[1] > 1:
                total = total + (1 - alpha) * self.contrast(a, b)
            levels += 1
            if a.shape[1] == 1:
                return total / levels
            a, b = (F.max_pool1d(x.mT, 2).mT for x in (a, b))

    def after(self, step):
        for name in self.w:
            if name.startswith("method.average."):
                self.w[name] = self.w[name] + (self.w["encoder." + name[15:]].detach() - self.w[name]) / (step + 1)


class TSTCC(Twin):
    """Eldele et al. (2021), eq. 1 to 5: from the past of either view, summed up by a Transformer, the encodings of the other's future
    are told among those of the batch, by a linear map for each distance; and NT-Xent between the summaries of both. As
    released, encodings have length 1."""

    def steps(self, x):
        z = conv_steps(self.w, "encoder", x)
        pool = -(-z.shape[2] // self.s["steps"])
        return normalize(F.max_pool1d(z, pool).mT)

    def loss(self, views, step):
        weak, strong = (self.steps(x) for x in views)
        at, temporal, past = int(self.run.drawn(step, "moment")[0]), 0, []
        for z, other in ((weak, strong), (strong, weak)):
            c = transformer(self.w, "method.context", z, self.s["depth"])[:, at]
            past.append(c)
            for k in range(self.s["horizons"]):
                guess = linear(self.w, f"method.predictors.horizon{k}", c)
                temporal = temporal + cross_entropy(guess @ other[:, at + 1 + k].T) / self.s["horizons"]
        p = normalize(self.head("projector", torch.cat(past), 2, bias=True))
        return self.s["temporal"] * temporal + self.s["contextual"] * nt_xent(p, self.s["temperature"])


class TNC(Twin):
    """Tonekaboni et al. (2021), eq. 1: -E log D(z, near) - E [(1-w) log(1 - D(z, far)) + w log D(z, far)], halved as released. The
    discriminator has two layers, ReLU and dropout between them."""

    def loss(self, views, step):
        x, starts = views[0], self.run.drawn(step, "starts")
        n, width = len(x), self.s["width"]
        cut = torch.stack([torch.stack([x[i, :, s: s + width] for s in starts[i]]) for i in range(n)])
        z = self.encode(cut.flatten(0, 1)).reshape(n, starts.shape[1], -1)
        anchor = z[:, :1].expand(-1, z.shape[1] - 1, -1)
        h = F.relu(linear(self.w, "method.discriminator.linear0", torch.cat([anchor, z[:, 1:]], 2).transpose(0, 1)))
        keep = 1 - self.run.tensors[f"step{step}.dropped"].reshape(h.shape)
        told = linear(self.w, "method.discriminator.linear1", h * keep / (1 - self.s["dropout"])).squeeze(2)
        near, far = told.split(self.s["draws"])
        w = self.s["unlabelled"]
        return -(F.logsigmoid(near).mean() + (1 - w) * F.logsigmoid(-far).mean() + w * F.logsigmoid(far).mean()) / 2


class TLoss(Twin):
    """Franceschi et al. (2019), eq. 1: -log s(f(ref) f(pos)) - sum over K of log s(-f(ref) f(neg)); the sum times penalty/K, so that the
    paper's is a penalty of K. Negatives are stretches of samples of the batch."""

    def loss(self, views, step):
        anchor, positive, *rest = (self.encode(x) for x in views)
        pick = self.run.drawn(step, "pick")
        away = sum(F.logsigmoid(-(anchor * z[pick[k]]).sum(1)).mean() for k, z in enumerate(rest))
        return -F.logsigmoid((anchor * positive).sum(1)).mean() - self.s["penalty"] / len(rest) * away


TWINS = {"ts2vec": TS2Vec, "ts-tcc": TSTCC, "tnc": TNC, "t-loss": TLoss}
