"""What keeps features from telling the same: Barlow Twins, VICReg, VIbCReg."""

import torch
from torch.nn import functional as F

from networks import batch_norm, normalize
from twin import Twin


def off_diagonal(c):
    return c.masked_fill(torch.eye(len(c), dtype=bool), 0)


class BarlowTwins(Twin):
    """Zbontar et al. (2021), eq. 1: the sum of (1 - C_ii)^2 + lambda times that of C_ij^2, with the cross-correlation C of the batch, by
    which the features are standardised. The projector has three layers."""

    def loss(self, views, step):
        z = [batch_norm(self.w, "method.standard", self.head("projector", self.encode(x), self.s["layers"]), affine=False) for x in views]
        c = z[0].T @ z[1] / len(z[0])
        on = (1 - c.diagonal()).square().sum()
        return self.s["scale"] * (on + self.s["lambda"] * off_diagonal(c).square().sum())


class VICReg(Twin):
    """Bardes et al. (2022), eq. 1 to 6: lambda s(Z, Z') + mu (v(Z) + v(Z')) + nu (c(Z) + c(Z')), with the mean square s, the hinge v of
    the deviation below 1, and c the squared covariances over D. As released, the hinges count by their mean."""

    hinges = 0.5

    def project(self, x):
        return self.head("projector", self.encode(x), 3)

    def covariance(self, z):
        n, d = z.shape
        return off_diagonal(z.T @ z / (n - 1)).square().sum() / d

    def loss(self, views, step):
        z = [self.project(x) for x in views]
        variance = sum(F.relu(1 - (x.var(0) + 1e-4).sqrt()).mean() for x in z)
        covariance = sum(self.covariance(x - x.mean(0)) for x in z)
        return (self.s["invariance"] * F.mse_loss(z[0], z[1]) + self.s["variance"] * self.hinges * variance
                + self.s["covariance"] * covariance)


class VIbCReg(VICReg):
    """Lee and Aune (2021): both hinges are summed; the covariance is that of features brought to length 1 over the batch, its mean square
    over all entries; and the projector, with biases, ends in IterNorm (Huang et al., 2019, algorithm 1)."""

    hinges = 1

    def project(self, x):
        x = self.head("projector", self.encode(x), 3, bias=True)
        return self.whiten(x) * self.w["method.whitening.weight"] + self.w["method.whitening.bias"]

    def whiten(self, x):
        n, groups = len(x), self.s["groups"]
        mean = x.mean(0)
        parts = (x - mean).T.reshape(groups, -1, n)
        d = parts.shape[1]
        cov = parts @ parts.mT / n + 1e-5 * torch.eye(d)
        trace = cov.diagonal(dim1=1, dim2=2).sum(1)[:, None, None]
        p = torch.eye(d).expand(groups, d, d)
        for _ in range(self.s["iterations"]):
            p = (3 * p - p @ p @ p @ (cov / trace)) / 2
        p = p / trace.sqrt()
        for name, now in (("mean", mean), ("whitening", p)):
            name = "method.whitening.running_" + name
            self.w[name] = 0.9 * self.w[name] + 0.1 * now.detach()
        return (p @ parts).reshape(-1, n).T

    def covariance(self, z):
        u = normalize(z.T)
        return off_diagonal(u @ u.T).square().mean()


TWINS = {"barlow-twins": BarlowTwins, "vicreg": VICReg, "vibcreg": VIbCReg}
