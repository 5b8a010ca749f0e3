"""Turns of clustering and learning: DeepCluster and DeepCluster v2. The rows from which k-means starts are drawn by wavekin."""

import torch

from crops import by_size
from networks import batch_norm, encode, linear, mlp, normalize
from twin import Twin, cross_entropy


def k_means(x, start, rounds, spherical=False):
    """Lloyd's algorithm from the rows `start`; spherical centroids have length 1, and a row goes to the one of the largest product.
    Returns the cluster of each row and the centroids."""
    c = x[start].clone()

    def nearest():
        return (x @ c.T if spherical else -torch.cdist(x, c)).argmax(1)

    for _ in range(rounds):
        ids = nearest()
        for k in range(len(c)):
            if (ids == k).any():
                c[k] = x[ids == k].mean(0)
            elif not spherical:
                raise ValueError("an empty cluster, for which wavekin draws another centroid")
        if spherical:
            c = normalize(c)
    return nearest(), c


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
            ids, _ = k_means(normalize(self.whiten(h)), self.run.drawn(step, "rows"), self.s["rounds"])
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


class DeepClusterV2(Twin):
    """Caron et al. (2020), section 4.1 and appendix: spherical k-means on the embeddings of the epoch before, of either long crop by
    turns; every crop is to tell the cluster by the cosines with the centroids. The memory of the first epoch is given, as the
    weights are."""

    def left_out(self):
        return super().left_out() + [name for name in self.w if name.endswith((".nmi", ".largest", ".seen"))]

    def before(self, step):
        if step % self.run.epoch:
            return
        for head in range(self.s["heads"]):
            bank = self.w[f"method.bank{head % self.s['long']}"]
            ids, centroids = k_means(bank, self.run.drawn(step, "rows")[head], self.s["rounds"], spherical=True)
            self.w[f"method.head{head}.clusters"], self.w[f"method.head{head}.centroids"] = ids.to(bank.dtype), centroids

    def loss(self, views, step):
        z = normalize(mlp(self.w, "method.projector", by_size(self.encode, views), 2, bias=True))
        self.z, total = z.detach().split(len(views[0])), 0
        for head in range(self.s["heads"]):
            own = self.w[f"method.head{head}.clusters"][self.samples(step)].long().repeat(len(views))
            total = total + cross_entropy(z @ self.w[f"method.head{head}.centroids"].T / self.s["temperature"], own)
        return total / self.s["heads"]

    def after(self, step):
        for i in range(self.s["long"]):
            bank = self.w[f"method.bank{i}"].clone()
            bank[self.samples(step)] = self.z[i]
            self.w[f"method.bank{i}"] = bank


TWINS = {"deepcluster": DeepCluster, "deepcluster-v2": DeepClusterV2}
