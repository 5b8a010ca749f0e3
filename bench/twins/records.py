"""Reads what wavekin wrote of a run (record.go): a safetensors file, with the settings and the losses in its metadata."""

import json

import numpy as np
import torch


class Record:
    """A run of wavekin: method, settings, training, steps, epoch (steps of one), losses, and tensors, in the precision that
    PyTorch is set to."""

    def __init__(self, path):
        with open(path, "rb") as f:
            head = json.loads(f.read(int.from_bytes(f.read(8), "little")))
            body = f.read()
        about = json.loads(head.pop("__metadata__")["run"])
        self.method, self.settings, self.training = about["method"], about["settings"], about["training"]
        self.steps, self.epoch, self.losses, self.trained = about["steps"], about["epoch"], about["losses"], set(about["trained"])
        self.tensors = {}
        for name, t in head.items():
            start, end = t["data_offsets"]
            values = np.frombuffer(body[start:end], "<f4").reshape(t["shape"])
            self.tensors[name] = torch.from_numpy(values.copy()).to(torch.get_default_dtype())

    def below(self, prefix):
        """Returns copies of the tensors whose names begin with a prefix, under the rest of their names."""
        return {name[len(prefix):]: t.clone() for name, t in self.tensors.items() if name.startswith(prefix)}

    def views(self, step):
        """Returns the views of a step, in their order."""
        found = self.below(f"step{step}.view")
        return [found[str(i)] for i in range(len(found))]

    def drawn(self, step, name):
        """Returns whole numbers that a step drew: ids of samples, rows of a bank, a permutation."""
        return self.tensors[f"step{step}.{name}"].long()
