"""Features of aeon's MiniRocket, for nn/testdata/minirocket.json: python bench/fidelity/minirocket.py > nn/testdata/minirocket.json

Ran with aeon 1.6.0, numba 0.63.1, numpy 2.3.5.
"""
import json

import numpy as np
from aeon.transformations.collection.convolution_based import MiniRocket

cases = []
for length, slots in ((9, 3), (50, 5), (131, 6)):
    rng = np.random.default_rng(length)
    t = np.arange(length)
    x = np.stack([np.sin(t * f) + 0.5 * rng.normal(size=length) for f in (0.1, 0.4, 1.3)]).round(3).astype(np.float32)
    m = MiniRocket(n_kernels=84 * slots, max_dilations_per_kernel=slots, random_state=1, n_jobs=1).fit(x[:, None])
    _, _, dilations, counts, biases = m.parameters
    cases.append({
        "length": length,
        "dilations": np.repeat(dilations, counts).tolist(),
        "counts": counts.tolist(),
        "biases": [float(b) for b in biases],
        "x": [float(v) for v in x.ravel()],
        "shares": [float(v) for v in m.transform(x[:, None]).ravel()],
    })
print(json.dumps(cases))
