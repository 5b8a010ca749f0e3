"""Turns of clustering and learning: DeepCluster. The rows from which k-means starts are drawn by wavekin."""

import torch

from networks import batch_norm, encode, linear, normalize
from twin import Twin, cross_entropy


def k_means(x, start, rounds):
    """Lloyd's algorithm from the rows `start`. Returns the cluster of each row."""
    c = x[start].clone()

    def nearest():
        return torch.cdist(x, c).argmin(1)

    for _ in range(rounds):
        ids = nearest()
        for k in range(len(c)):
            if (ids == k).any():
                c[k] = x[ids == k].mean(0)
            else:
                raise ValueError("an empty cluster, for which wavekin draws another centroid")
    return nearest()


class DeepCluster(Twin):
    """Caron et al. (2018), section 3 and 4: before an epoch all encodings are reduced to principal components, whitened, brought to
    length 1 and clustered; the clusters are classes for a last layer that begins anew; the authors' optimiser of that layer has no momentum. The encodings are standardised
    before it, which is an option here."""

    def left_out(self):
        return super().left_out() + ["method.nmi", "method.largest"]  # how clusters have changed: figures for the user

    def before(self, step):
        if step % self.run.epoch:
            return
        with torch.no_grad():
            h = encode(self.w, "encoder", self.run.tensors["whole"], train=False)
            ids = k_means(normalize(self.whiten(h)), self.run.drawn(step, "rows"), self.s["rounds"])
            self.w["method.clusters"] = ids.to(h.dtype)
            self.w["method.top.weight"].copy_(self.run.tensors[f"step{step}.top"])
            self.w["method.top.bias"].zero_()
        self.optimiser.still = ("method.top.",)
        self.optimiser.forget("method.top.")

    def whiten(self, h):
        x = h - h.mean(0)
        values, vectors = torch.linalg.eigh(x.T @ x / len(x))
        return x @ vectors[:, -self.s["components"]:] / values[-self.s["components"]:].sqrt()

    def loss(self, views, step):
        h = batch_norm(self.w, "method.norm", self.encode(views[0]), affine=False)
        return cross_entropy(linear(self.w, "method.top", h), self.w["method.clusters"][self.samples(step)].long())


TWINS = {"deepcluster": DeepCluster}
