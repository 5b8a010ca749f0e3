"""CPC: the encodings of later pieces are predicted from a summary of those so far."""

import torch
from torch.nn import functional as F

from networks import encode, linear
from twin import Twin, cross_entropy


def gru(w, at, z):
    """Cho et al. (2014): r = s(Wx + Uh), z likewise, c = tanh(Wx + r (Uh)), h' = (1-z) c + z h. z [N, T, D] to [N, T, H]."""
    x = linear(w, at + ".input", z)
    h, out = torch.zeros(len(z), x.shape[2] // 3), []
    for t in range(z.shape[1]):
        u = linear(w, at + ".state", h)
        (rx, zx, cx), (ru, zu, cu) = x[:, t].chunk(3, 1), u.chunk(3, 1)
        r, keep = torch.sigmoid(rx + ru), torch.sigmoid(zx + zu)
        h = (1 - keep) * torch.tanh(cx + r * cu) + keep * h
        out.append(h)
    return torch.stack(out, 1)


def masked_rows(w, at, z, rows, cols, depth):
    """The masked residual convolutions of Henaff et al. (2020) over a grid: along a row to both sides, down a column from the row above
    and the own one. As published they are as wide as the encodings, else there is a linear map to their width. z [N, rows cols, D] to
    [N, rows cols, H]."""
    h = linear(w, at + ".in", z) if at + ".in.weight" in w else z
    n = len(z)
    for i in range(depth):
        block = f"{at}.block{i}"
        y = F.relu(linear(w, block + ".expand", h)).reshape(n, rows, cols, -1).permute(0, 3, 1, 2)
        y = F.conv2d(y, w[block + ".across.weight"][:, :, None], w[block + ".across.bias"], padding=(0, 1))
        y = F.conv2d(F.pad(y, (0, 0, 1, 0)), w[block + ".down.weight"][..., None], w[block + ".down.bias"])
        h = h + linear(w, block + ".contract", F.relu(y).permute(0, 2, 3, 1).flatten(1, 2))
    return F.relu(h)


class CPC(Twin):
    """Van den Oord et al. (2018), eq. 3 and 4: log of exp(z' W c) of the true piece over that and those of drawn ones, the mean over
    distances and pieces. Pieces are patches of half overlap; a prediction begins where patches have nothing in common.

    The second version (Henaff et al., 2020, appendix A.2) predicts a projection of the pieces, scales what is predicted, and tells the
    true piece from every other one of the batch."""

    def loss(self, views, step):
        x, patch = views[0], self.s["patch"]
        hop = patch // 2
        if x.dim() == 3:
            p = x.unfold(2, patch, hop).transpose(1, 2)
            rows, cols = p.shape[1], 1
        else:
            p = x.unfold(2, patch, hop).unfold(3, patch, hop).permute(0, 2, 3, 1, 4, 5)
            rows, cols = p.shape[1:3]
            p = p.flatten(1, 2)
        n = len(x)
        z = encode(self.w, "encoder", p.flatten(0, 1)).reshape(n, rows * cols, -1)
        if x.dim() == 3:
            c = gru(self.w, "encoder.context.gru0", z)
            self.feature = torch.cat([z.mean(1), c.mean(1)], 1).mean(0).detach()
        else:
            c = masked_rows(self.w, "encoder.context0", z, rows, cols, self.s["context"]["depth"])
            self.feature = z.mean(1).mean(0).detach()
        total = 0
        for k in range(self.s["horizons"]):
            ahead = (2 + k) * cols
            total = total + (self.second if self.s["negatives"] == "all" else self.first)(z, c[:, :-ahead], k, ahead, step)
        return total / self.s["horizons"]

    def first(self, z, c, k, ahead, step):
        guess = linear(self.w, f"method.predictors.horizon{k}", c, bias=False)
        own = (guess * z[:, ahead:]).sum(2, keepdim=True)
        others = guess @ z.flatten(0, 1)[self.run.drawn(step, f"others{k}")].T
        logits = torch.cat([own, others], 2).flatten(0, 1)
        return cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long))

    def second(self, z, c, k, ahead, step):
        targets = linear(self.w, "method.predictors.target", z).flatten(0, 1)
        guess = self.s["scale"] * linear(self.w, f"method.predictors.horizon{k}", c)
        true = torch.arange(len(targets)).reshape(z.shape[:2])[:, ahead:]
        return cross_entropy(guess.flatten(0, 1) @ targets.T, true.flatten())

    def after(self, step):
        """What is deployed is moved to a mean of 0, which follows over about ten steps; no loss depends on it."""
        self.w["encoder.shift"] = 0.9 * self.w["encoder.shift"] - 0.1 * self.feature


TWINS = {"cpc": CPC}
