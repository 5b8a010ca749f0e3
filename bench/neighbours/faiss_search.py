"""The FAISS side of bench/neighbours: a flat index over a file of float32 rows, and the seconds of one search a request."""

import json
import sys
import time

import faiss
import numpy as np

dim, path, queries = int(sys.argv[1]), sys.argv[2], sys.argv[3]
base = np.fromfile(path, dtype="<f4").reshape(-1, dim)
asked = np.fromfile(queries, dtype="<f4").reshape(-1, dim)
index = faiss.IndexFlatL2(dim)
index.add(base)
print(json.dumps({"version": faiss.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    faiss.omp_set_num_threads(request["threads"])
    start = time.perf_counter()
    _, ids = index.search(asked, request["k"])
    seconds = time.perf_counter() - start
    ids.astype("<i8").tofile(request["ids"])
    print(json.dumps({"seconds": seconds}), flush=True)
