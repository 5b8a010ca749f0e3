"""Writes and reads tables with pyarrow, pandas, polars and DuckDB, type by type, for go run ./bench/interop.

    python interop.py write DIR     files of every type by every tool, and DIR/manifest.json
    python interop.py check DIR     compares what wavekin has written (DIR/back) with the values
    python interop.py versions
"""
import datetime
import decimal
import json
import math
import os
import sys
import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

warnings.filterwarnings("ignore")
D = decimal.Decimal
N = 5
START = datetime.datetime(2024, 5, 1, 12, 0, 0, 250000)
TIMES = [START + datetime.timedelta(seconds=i) for i in range(N)]
NANOS = [1714564800250000000 + i * 10**9 for i in range(N)]


def types():
    """name: (array, the float64 values that wavekin is to read). Every second value is missing."""
    out = {}

    def add(name, typ, values, want=None):
        values = [v if i % 2 == 0 else None for i, v in enumerate(values)]
        arr = values if isinstance(values, pa.Array) else pa.array(values, typ)
        out[name] = (arr, [None if v is None else float(w) for v, w in zip(values, want or values)])

    for bits in [8, 16, 32, 64]:
        lo, hi = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        add(f"int{bits}", getattr(pa, f"int{bits}")(), [lo, 0, hi, 0, 7])
        add(f"uint{bits}", getattr(pa, f"uint{bits}")(), [0, 0, 2**bits - 1, 0, 7])
    half = [0.5, 0, 65504.0, 0, -1.5]
    add("float16", pa.float16(), [np.float16(v) for v in half], half)
    single = [float(np.float32(0.1)), 0, float(np.float32(3.4e38)), 0, -1.5]
    add("float32", pa.float32(), single)
    add("float64", pa.float64(), [0.1, 0, 1700000001.123456, 0, 5e-300])
    add("bool", pa.bool_(), [True, None, False, None, True], [1, 0, 0, 0, 1])
    add("decimal32", pa.decimal32(7, 3), [D("0.001"), 0, D("9999.999"), 0, D("-1.5")])
    add("decimal64", pa.decimal64(15, 3), [D("0.001"), 0, D("999999999999.999"), 0, D("-1.5")])
    add("decimal128", pa.decimal128(38, 10), [D("0.0000000001"), 0, D("1234567890123456789012345678.0123456789"), 0, D("-1.5")])
    add("decimal256", pa.decimal256(60, 20), [D("0.00000000000000000001"), 0, D("12345678901234567890123456789012345678"), 0, D("-1.5")])
    for u, per in {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}.items():
        v = [1, 0, 86400 * per + 1, 0, -5]
        add(f"duration[{u}]", pa.duration(u), v, [x / per for x in v])
    add("time32[s]", pa.time32("s"), [1, 0, 86399, 0, 7])
    add("time32[ms]", pa.time32("ms"), [1, 0, 86399999, 0, 7], [1e-3, 0, 86399.999, 0, 7e-3])
    add("time64[us]", pa.time64("us"), [1, 0, 86399999999, 0, 7], [1e-6, 0, 86399.999999, 0, 7e-6])
    add("time64[ns]", pa.time64("ns"), [1, 0, 86399999999999, 0, 7], [1e-9, 0, 86399.999999999, 0, 7e-9])
    ints = [1, None, 3, None, 1]
    out["dictionary of ints"] = (pa.array(ints, pa.int64()).dictionary_encode(), [None if v is None else float(v) for v in ints])
    out["dictionary of floats"] = (pa.array([0.5, None, 3, None, 0.5]).dictionary_encode(), [0.5, None, 3, None, 0.5])
    out["null"] = (pa.nulls(N), [None] * N)
    storage = pa.array([0.5, None, 3, None, 1.5], pa.float64())
    out["extension"] = (pa.ExtensionArray.from_storage(pa.opaque(pa.float64(), "reading", "vendor"), storage), [0.5, None, 3, None, 1.5])
    out["run ends"] = (pa.RunEndEncodedArray.from_arrays(pa.array([2, 5], pa.int32()), pa.array([1.0, 3.0])), [1, 1, 3, 3, 3])
    return out


def columns():
    """name: (role, array, what wavekin is to read) for texts, dates and lists."""
    texts = ["a", "a", "b", "b", "c, longer than the twelve bytes of a view"]
    out = {}
    for name, t in {"string": pa.string(), "large_string": pa.large_string(), "string_view": pa.string_view(), "binary": pa.binary(),
                    "binary_view": pa.binary_view(), "large_binary": pa.large_binary()}.items():
        out[name] = ("series", pa.array([x.encode() if "binary" in name else x for x in texts], t), texts)
    out["dictionary of texts"] = ("series", pa.array(texts).dictionary_encode(), texts)
    for u in ["s", "ms", "us", "ns"]:
        per = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[u]
        out[f"timestamp[{u}]"] = ("time", pa.array([n // per for n in NANOS], pa.timestamp(u)), [n // per * per for n in NANOS])
        out[f"timestamp[{u}, tz]"] = ("time", pa.array([n // per for n in NANOS], pa.timestamp(u, "Europe/Berlin")), [n // per * per for n in NANOS])
    days = [datetime.date(2024, 5, 1 + i) for i in range(N)]
    since = [(d - datetime.date(1970, 1, 1)).days * 86400 * 10**9 for d in days]
    out["date32"] = ("time", pa.array(days, pa.date32()), since)
    out["date64"] = ("time", pa.array(days, pa.date64()), since)
    rows = [[1, 2, 3], [4, None, 6], [7, 8, 9], [], [0, 1, 2]]
    fixed = [r if len(r) == 3 else [0, 0, 0] for r in rows]
    want = lambda r: [[None if v is None else float(v) for v in x] for x in r]
    out["list"] = ("list", pa.array(rows, pa.list_(pa.float64())), want(rows))
    out["list of float32"] = ("list", pa.array(rows, pa.list_(pa.float32())), want(rows))
    out["list of int16"] = ("list", pa.array(rows, pa.list_(pa.int16())), want(rows))
    out["large_list"] = ("list", pa.array(rows, pa.large_list(pa.float64())), want(rows))
    out["fixed_size_list"] = ("list", pa.array(fixed, pa.list_(pa.float32(), 3)), want(fixed))
    out["list_view"] = ("list", pa.array(rows, pa.list_view(pa.float64())), want(rows))
    out["large_list_view"] = ("list", pa.array(rows, pa.large_list_view(pa.float64())), want(rows))
    out["struct"] = ("struct", pa.array([{"x": i, "y": 0.5} if i % 2 == 0 else None for i in range(N)], pa.struct([("x", pa.int32()), ("y", pa.float64())])),
                     [float(i) if i % 2 == 0 else None for i in range(N)])
    return out


def tables():
    for name, (arr, want) in types().items():
        yield name, "value", pa.table({"time": pa.array(TIMES, pa.timestamp("us")), "v": arr}), want
    for name, (role, arr, want) in columns().items():
        if role == "series":
            yield name, role, pa.table({"series": arr, "v": pa.array([float(i) for i in range(N)])}), want
        elif role == "time":
            yield name, role, pa.table({"time": arr, "v": pa.array([float(i) for i in range(N)])}), want
        elif role == "list":
            yield name, role, pa.table({"v": arr}), want
        else:
            yield name, role, pa.table({"time": pa.array(TIMES, pa.timestamp("us")), "v": arr}), want


def arrow_file(t, path, **o):
    with ipc.new_file(path, t.schema, options=ipc.IpcWriteOptions(**o)) as w:
        w.write_table(t)


def arrow_stream(t, path, **o):
    with ipc.new_stream(path, t.schema, options=ipc.IpcWriteOptions(**o)) as w:
        w.write_table(t)


def pandas_frame(t):
    return t.to_pandas()


def duck(t):
    con = duckdb.connect()
    con.register("t", t)
    return con.sql("select * from t")


TOOLS = {
    "pyarrow": {"arrow": arrow_file, "arrows": arrow_stream, "parquet": lambda t, p: pq.write_table(t, p)},
    "pandas": {"arrow": lambda t, p: pandas_frame(t).to_feather(p),
               "arrows": lambda t, p: arrow_stream(pa.Table.from_pandas(pandas_frame(t)), p),
               "parquet": lambda t, p: pandas_frame(t).to_parquet(p)},
    "polars": {"arrow": lambda t, p: pl.from_arrow(t).write_ipc(p), "arrows": lambda t, p: pl.from_arrow(t).write_ipc_stream(p),
               "parquet": lambda t, p: pl.from_arrow(t).write_parquet(p)},
    "duckdb": {"arrow": lambda t, p: arrow_file(duck(t).to_arrow_table(), p), "arrows": lambda t, p: arrow_stream(duck(t).to_arrow_table(), p),
               "parquet": lambda t, p: duck(t).write_parquet(p)},
}


def write(folder):
    manifest = []
    for i, (name, role, t, want) in enumerate(tables()):
        for tool, formats in TOOLS.items():
            for ending, f in formats.items():
                path = os.path.join(folder, f"{i}-{tool}.{ending}")
                entry = {"type": name, "role": role, "tool": tool, "format": ending, "file": path, "want": want}
                try:
                    f(t, path)
                except BaseException as e:  # the tool cannot write the type
                    entry["cannot"] = f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"[:120]
                manifest.append(entry)
    with open(os.path.join(folder, "manifest.json"), "w") as f:
        json.dump(manifest, f)


READERS = {
    "pyarrow": {"arrow": lambda p: ipc.open_file(p).read_all(), "arrows": lambda p: ipc.open_stream(p).read_all(), "parquet": pq.read_table},
    "pandas": {"arrow": lambda p: pa.Table.from_pandas(pd.read_feather(p), preserve_index=False),
               "arrows": lambda p: pa.Table.from_pandas(ipc.open_stream(p).read_pandas(), preserve_index=False),
               "parquet": lambda p: pa.Table.from_pandas(pd.read_parquet(p), preserve_index=False)},
    "polars": {"arrow": lambda p: pl.read_ipc(p).to_arrow(), "arrows": lambda p: pl.read_ipc_stream(p).to_arrow(),
               "parquet": lambda p: pl.read_parquet(p).to_arrow()},
    "duckdb": {"arrow": lambda p: duck(ipc.open_file(p).read_all()).to_arrow_table(), "arrows": lambda p: duck(ipc.open_stream(p).read_all()).to_arrow_table(),
               "parquet": lambda p: duckdb.connect().sql(f"select * from '{p}'").to_arrow_table()},
}


def plain(v):
    if isinstance(v, float) and math.isnan(v):
        return None
    if isinstance(v, np.floating):
        return plain(float(v))
    if isinstance(v, (list, tuple, np.ndarray)):
        return [plain(x) for x in v]
    if isinstance(v, (datetime.datetime, pd.Timestamp)):
        return int(pd.Timestamp(v).tz_convert("UTC").value) if pd.Timestamp(v).tzinfo else int(pd.Timestamp(v).value)
    return v


def check(folder):
    """wavekin has written every type of its own: compare each tool's reading with back.json."""
    with open(os.path.join(folder, "back.json")) as f:
        back = json.load(f)
    out = []
    for b in back:
        for tool, readers in READERS.items():
            entry = {"type": b["type"], "tool": tool, "format": b["format"]}
            try:
                t = readers[b["format"]](b["file"])
                col = t.column("v")
                if pa.types.is_timestamp(col.type):
                    col = col.cast(pa.timestamp("ns", col.type.tz)).cast(pa.int64())
                got = [plain(v) for v in col.to_pylist()]
                if got != b["want"]:
                    entry["wrong"] = f"{got} != {b['want']}"[:200]
                entry["as"] = str(t.column("v").type)
            except BaseException as e:
                entry["wrong"] = f"{type(e).__name__}: {e}"[:200]
            out.append(entry)
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2])
    elif sys.argv[1] == "check":
        check(sys.argv[2])
    else:
        json.dump({m.__name__: m.__version__ for m in [pa, pd, pl, duckdb]}, sys.stdout)
