"""Training on top of a model: fine-tuning and distillation (Chen et al., 2020b)."""

import torch

from networks import batch_norm, encode, linear
from torch.nn import functional as F
from twin import Twin, cross_entropy


class Finetune(Twin):
    """Section 2: the cross-entropy of a linear classifier on the first layer of the projector, its normalisation and ReLU included."""

    def loss(self, views, step):
        h = linear(self.w, "method.projector.linear0", self.encode(views[0]), bias=False)
        h = F.relu(batch_norm(self.w, "method.projector.norm0", h))
        return cross_entropy(linear(self.w, "method.classifier", h), self.samples(step) % 4)  # paths.go: the class of sample i


class Distill(Twin):
    """Eq. 2 and 3: alpha times -sum P_T log P_S, with softmax(logits/t) of teacher and student, times t² as in the authors' notebook
    (add_kd_loss), and 1-alpha times the cross-entropy of the labels. The teacher is a fine-tuned network and sees the same views."""

    def loss(self, views, step):
        teacher, x, t, alpha = self.run.below("teacher."), views[0], self.s["temperature"], self.s["alpha"]
        h = encode(teacher, "encoder", x, train=False)
        h = F.relu(batch_norm(teacher, "method.projector.norm0", linear(teacher, "method.projector.linear0", h, bias=False), train=False))
        p = (linear(teacher, "method.classifier", h) / t).softmax(1)
        logits = linear(self.w, "method.classifier", self.encode(x))
        soft = -(p * (logits / t).log_softmax(1)).sum(1).mean()
        return alpha * t * t * soft + (1 - alpha) * cross_entropy(logits, self.samples(step) % 4)


TWINS = {"finetune": Finetune, "distill": Distill}
