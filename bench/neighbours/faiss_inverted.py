"""The FAISS side of bench/neighbours --inverted: inverted lists with 8-bit residuals over a file of float32 rows."""

import json
import os
import sys
import time

import faiss
import numpy as np

dim, path, queries = int(sys.argv[1]), sys.argv[2], sys.argv[3]
base = np.fromfile(path, dtype="<f4").reshape(-1, dim)
asked = np.fromfile(queries, dtype="<f4").reshape(-1, dim)
index = None
for line in sys.stdin:
    request = json.loads(line)
    faiss.omp_set_num_threads(request["threads"])
    start = time.perf_counter()
    reply = {"version": faiss.__version__}
    if request["build"]:
        quantizer = faiss.IndexFlatL2(dim)
        index = faiss.IndexIVFScalarQuantizer(quantizer, dim, request["lists"], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_L2, True)
        index.train(base)
        index.add(base)
    else:
        index.nprobe = request["probes"]
        _, ids = index.search(asked, request["k"])
    reply["seconds"] = time.perf_counter() - start
    if request["build"]:
        faiss.write_index(index, request["ids"])
        reply["bytes"] = os.path.getsize(request["ids"])
    else:
        ids.astype("<i8").tofile(request["ids"])
    print(json.dumps(reply), flush=True)
