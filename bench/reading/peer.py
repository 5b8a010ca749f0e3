"""The other side of bench/reading: writes the files, then reads the one named in each line of its input to windows of
float32 [channel, time], and prints the milliseconds and the sum of the last value of every window."""

import os
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

folder, rows, window = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
pa.set_cpu_count(1)
pa.set_io_thread_count(1)
rng = np.random.default_rng(0)
columns = {"time": pa.array(np.arange(rows) * 1_000_000_000 + 1_700_000_000_000_000_000, pa.timestamp("ns"))}
for c in range(8):
    columns[f"c{c}"] = pa.array(np.round(np.cumsum(rng.standard_normal(rows)) * 0.01, 4))
table = pa.table(columns)
with pa.OSFile(os.path.join(folder, "table.arrow"), "wb") as f, pa.ipc.new_file(f, table.schema) as w:
    w.write_table(table, max_chunksize=65536)
pa.parquet.write_table(table, os.path.join(folder, "table.parquet"), compression="snappy")
table.to_pandas().to_csv(os.path.join(folder, "table.csv"), index=False)
print(f"pyarrow {pa.__version__}, pandas {pd.__version__}, numpy {np.__version__}; {rows} rows", flush=True)


def values(name):
    path = os.path.join(folder, name)
    if name.endswith(".arrow"):
        with pa.memory_map(path) as f:
            t = pa.ipc.open_file(f).read_all()
    elif name.endswith(".parquet"):
        t = pa.parquet.read_table(path, use_threads=False)
    else:
        t = pd.read_csv(path, engine="c", parse_dates=["time"])
        return [t[f"c{c}"].to_numpy() for c in range(8)]
    return [t.column(f"c{c}").to_numpy() for c in range(8)]


for line in sys.stdin:
    begin = time.perf_counter()
    x = np.stack([v.astype(np.float32) for v in values(line.strip())])
    n = x.shape[1] // window * window
    windows = np.ascontiguousarray(x[:, :n].reshape(8, -1, window).transpose(1, 0, 2))
    total = float(windows[:, :, -1].sum(dtype=np.float64))
    print((time.perf_counter() - begin) * 1e3, total, flush=True)
