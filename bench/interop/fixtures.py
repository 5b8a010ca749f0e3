"""Writes the small files of columns that the tests of package datasets read: one table of every type, as each tool writes it.

    python fixtures.py ../../datasets/testdata/columnar
"""
import decimal
import datetime
import sys
import uuid

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

D = decimal.Decimal
UTC = datetime.timezone.utc
stamps = [datetime.datetime(2024, 5, 1, 12, 0, i, 250000) for i in range(3)]


def table():
    """Every column holds 1, nothing, 3 as far as its type can, beside a time and the name of the series."""
    ints = lambda t: pa.array([1, None, 3], t)
    days = [datetime.date(1970, 1, 2), None, datetime.date(1970, 1, 4)]
    lists = [[1, None, 3], None, []]
    c = {
        "time": pa.array(stamps, pa.timestamp("us")),
        "series": pa.array(["a", "a", "b, a name that is longer than twelve bytes"]),
    }
    for t in ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"]:
        c[t] = pa.array([1, None, 3], pa.float64()).cast(t) if t.startswith("float") else ints(t)
    c["bool"] = pa.array([True, None, False])
    c["null"] = pa.nulls(3)
    c["decimal32"] = pa.array([D("1.00"), None, D("3.00")], pa.decimal32(5, 2))
    c["decimal64"] = pa.array([D("1.00"), None, D("3.00")], pa.decimal64(12, 2))
    c["decimal128"] = pa.array([D("1.00"), None, D("3.00")], pa.decimal128(10, 2))
    c["decimal256"] = pa.array([D("1.00"), None, D("3.00")], pa.decimal256(50, 2))
    c["wide128"] = pa.array([D("-1234567890123456789012345678.5"), None, D("3.0")], pa.decimal128(30, 1))
    for u in ["s", "ms", "us", "ns"]:
        c["duration_" + u] = pa.array([1, None, 3], pa.duration(u))
    c["time32_s"] = pa.array([1, None, 3], pa.time32("s"))
    c["time64_us"] = pa.array([1, None, 3], pa.time64("us"))
    c["dict_int"] = pa.array([1, None, 3], pa.int64()).dictionary_encode()
    c["dict_float"] = pa.array([1, None, 3], pa.float32()).dictionary_encode()
    c["ext"] = pa.ExtensionArray.from_storage(pa.opaque(pa.float64(), "reading", "vendor"), pa.array([1, None, 3], pa.float64()))
    c["struct"] = pa.array([{"x": 1, "y": 5.0}, None, {"x": 3, "y": None}], pa.struct([("x", pa.int32()), ("y", pa.float64())]))
    c["date32"] = pa.array(days, pa.date32())
    c["date64"] = pa.array(days, pa.date64())
    c["text"] = pa.array(["1", None, "3"], pa.string())
    c["large_text"] = pa.array(["1", None, "3"], pa.large_string())
    c["text_view"] = pa.array(["1", None, "3, and more than twelve bytes"], pa.string_view())
    c["binary"] = pa.array([b"1", None, b"3"], pa.binary())
    c["dict_text"] = pa.array(["1", None, "3"]).dictionary_encode()
    c["uuid"] = pa.array([uuid.UUID(int=1).bytes, None, uuid.UUID(int=3).bytes], pa.uuid())
    c["map"] = pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int32()))
    c["list_text"] = pa.array([["a"], None, []], pa.list_(pa.string()))
    c["interval"] = pa.array([(0, 1, 0), None, (0, 3, 0)], pa.month_day_nano_interval())
    c["union"] = pa.UnionArray.from_sparse(pa.array([0, 1, 0], pa.int8()), [pa.array([1, 0, 3]), pa.array([0.0, 2.0, 0.0])])
    c["ends"] = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array([1.0, 3.0]))
    c["last"] = pa.array([1, None, 3], pa.float64())
    return pa.table(c).replace_schema_metadata({"source": "fixture"})


def lists():
    """A series per row: 1, 2, 3 and nothing and 4, in every kind of list."""
    rows = [[1, 2, 3], [None, 4, 5]]
    c = {"label": pa.array(["up", "down"])}
    for name, t in {"list": pa.list_(pa.float64()), "large_list": pa.large_list(pa.int32()), "fixed_list": pa.list_(pa.float32(), 3),
                    "list_view": pa.list_view(pa.float64()), "large_list_view": pa.large_list_view(pa.int16())}.items():
        c[name] = pa.array(rows, t)
    return pa.table(c)


def write(path, t, stream=False, **options):
    o = ipc.IpcWriteOptions(**options)
    with (ipc.new_stream if stream else ipc.new_file)(path, t.schema, options=o) as w:
        w.write_table(t)


def main(out):
    t, l = table(), lists()
    write(out + "/types.arrow", t)
    write(out + "/types.arrows", t, stream=True)
    # Bodies are compressed only where that makes them smaller: repeat the rows.
    long = pa.concat_tables([t] * 40).combine_chunks()
    write(out + "/types-lz4.arrow", long, compression="lz4")
    write(out + "/types-zstd.arrow", long, compression="zstd")
    write(out + "/lists.arrow", l)
    # Deltas of a dictionary.
    d = lambda v: pa.table({"time": pa.array(range(len(v))), "x": pa.array(v).dictionary_encode()})
    schema = d([1.0]).schema
    with ipc.new_stream(out + "/delta.arrows", schema, options=ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as w:
        w.write_table(d([1.0, 2.0]))
        w.write_table(pa.table({"time": [2, 3], "x": pa.DictionaryArray.from_arrays([2, 0], pa.array([1.0, 2.0, 3.0]))}, schema))
    p = pl.DataFrame({"time": stamps, "series": ["a", "a", "b, a name that is longer than twelve bytes"],
                      "cat": pl.Series(["u", None, "v"], dtype=pl.Categorical), "enum": pl.Series(["u", None, "v"], dtype=pl.Enum(["u", "v"])),
                      "dec": pl.Series([D("1.00"), None, D("3.00")], dtype=pl.Decimal(10, 2)), "dur": pl.Series([datetime.timedelta(seconds=1), None, datetime.timedelta(seconds=3)]),
                      "x": [1.0, None, 3.0]})
    p.write_ipc(out + "/polars.arrow")
    p.write_ipc(out + "/polars-zstd.arrow", compression="zstd")
    p.write_ipc_stream(out + "/polars.arrows")
    con = duckdb.connect()
    # pyarrow's own form of a result of DuckDB keeps its types.
    write(out + "/duckdb.arrow", con.execute("""select * from (values
        (timestamp '2024-05-01 12:00:00.25', 'a', 1.00::decimal(10,2), 1::hugeint, 1::utinyint, true, interval 1 second, [1.0::double, 2.0]),
        (timestamp '2024-05-01 12:00:01.25', 'a', null, null, null, null, null, null),
        (timestamp '2024-05-01 12:00:02.25', 'b', 3.00, 3, 3, false, interval 3 second, [])) t(time, series, dec, huge, tiny, flag, iv, l)""").to_arrow_table().drop_columns("l"))
    parquet(out, t, l, p, con)


def parquet(out, t, l, p, con):
    """The same in Parquet: every codec, every encoding, both kinds of pages, old and new lists."""
    t = t.drop_columns(["interval", "union", "ends", "null", "decimal32", "decimal64", "duration_s", "ext"])
    l = l.drop_columns(["list_view", "large_list_view"])
    for codec in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]:
        pq.write_table(t, f"{out}/types-{codec}.parquet", compression=codec, write_page_checksum=True)
    pq.write_table(pa.concat_tables([t] * 40), out + "/pages.parquet", data_page_version="2.0", use_dictionary=False, data_page_size=200, row_group_size=50,
                   compression="zstd")
    pq.write_table(t, out + "/int96.parquet", use_deprecated_int96_timestamps=True, store_schema=False, version="1.0")
    encodings = {c: "BYTE_STREAM_SPLIT" for c in ["float16", "float32", "float64", "decimal128"]} | {c: "DELTA_BINARY_PACKED" for c in ["int8", "int32", "int64", "time"]}
    encodings |= {"series": "DELTA_BYTE_ARRAY", "text": "DELTA_LENGTH_BYTE_ARRAY", "bool": "RLE"}
    pq.write_table(t, out + "/encodings.parquet", use_dictionary=False, column_encoding=encodings)
    pq.write_table(l, out + "/lists.parquet", row_group_size=1)
    pq.write_table(l, out + "/lists-old.parquet", use_compliant_nested_type=False, data_page_version="2.0", use_dictionary=False)
    p.drop("dur").write_parquet(out + "/polars.parquet")
    con.execute(f"""copy (select * from (values
        (timestamp '2024-05-01 12:00:00.25', 'a', 1.00::decimal(10,2), 1::hugeint, 1::utinyint, true),
        (timestamp '2024-05-01 12:00:01.25', 'a', null, null, null, null),
        (timestamp '2024-05-01 12:00:02.25', 'b', 3.00, 3, 3, false)) t(time, series, dec, huge, tiny, flag)) to '{out}/duckdb.parquet'""")


if __name__ == "__main__":
    main(sys.argv[1])
