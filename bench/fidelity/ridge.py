"""Prints what scikit-learn's RidgeClassifierCV makes of small sets, for evaluate/testdata/ridge.json:

    python bench/fidelity/ridge.py > evaluate/testdata/ridge.json

Ran with scikit-learn 1.9.1.
"""

import json

import numpy as np
from sklearn.linear_model import RidgeClassifierCV
from sklearn.preprocessing import StandardScaler

cases = []
for rows, dim, classes in ((30, 8, 3), (20, 40, 2), (24, 60, 4)):
    rng = np.random.default_rng(rows)
    y = np.arange(rows) % classes
    x = (rng.normal(size=(rows, dim)) * rng.uniform(0.5, 3, dim) + 0.4 * y[:, None] * rng.normal(size=dim)).round(3)
    queries = (x[::2] + rng.normal(size=x[::2].shape)).round(3)
    scale = StandardScaler().fit(x)
    fit = RidgeClassifierCV(alphas=np.logspace(-3, 6, 19)).fit(scale.transform(x), y)
    outputs = fit.decision_function(scale.transform(queries))
    if classes == 2:
        outputs = np.stack([-outputs, outputs], 1)
    cases.append({"dim": dim, "x": x.ravel().tolist(), "y": y.tolist(), "queries": queries.ravel().tolist(), "alpha": float(fit.alpha_),
                  "outputs": outputs.ravel().round(9).tolist(), "classes": fit.predict(scale.transform(queries)).tolist()})
print(json.dumps(cases))
