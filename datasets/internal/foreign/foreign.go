// Package foreign recognises contents that people have beside series and that are not read.
package foreign

import (
	"bytes"

	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// known are these contents: how they begin, what they are, and what to do.
var known = []struct {
	begins    string
	what, way string
}{
	{"FEA1", "Feather version 1", "write it again as version 2, which is Arrow (pyarrow.feather.write_feather does so by default)"},
	{"BZh", "compressed by bzip2", "unpack it, or use gzip or zstd"},
	{"\xfd7zXZ\x00", "compressed by xz", "unpack it, or use gzip or zstd"},
	{"\x04\x22\x4d\x18", "compressed by lz4", "unpack it, or use gzip or zstd"},
	{"version https://git-lfs.github.com/", "a pointer of Git LFS", "fetch the file itself (git lfs pull)"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"},
	{"PK\x03\x04", "a ZIP archive, such as an Excel or OpenDocument table", "unpack it, or save the table as CSV"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel table", "save it as CSV"},
	{"\x89HDF\r\n\x1a\n", "HDF5, as MATLAB 7.3 and Keras write it", "write the series as Parquet, Arrow or .npy"},
	{"MATLAB 5.0 MAT-file", "a MATLAB file", "write the series as CSV (writematrix) or Parquet (parquetwrite)"},
	{"SQLite format 3\x00", "a SQLite database", "write the query as CSV"},
	{"ORC", "ORC", "write it as Parquet"},
	{"Obj\x01", "Avro", "write it as Parquet"},
	{"%PDF-", "PDF", "want a table"},
	{"<?xml", "XML", "want a table"}, {"<!DOCTYPE", "a web page", "want a table"}, {"<html", "a web page", "want a table"},
	{"{\"", "JSON", "write it as CSV, Parquet or Arrow"}, {"[{", "JSON", "write it as CSV, Parquet or Arrow"}, {"{\n", "JSON", "write it as CSV, Parquet or Arrow"},
	{"\x80\x02", "a pickle of Python", "write it as Parquet, Arrow or .npy"}, {"\x80\x03", "a pickle of Python", "write it as Parquet, Arrow or .npy"},
	{"\x80\x04", "a pickle of Python", "write it as Parquet, Arrow or .npy"}, {"\x80\x05", "a pickle of Python", "write it as Parquet, Arrow or .npy"},
}

// Check says by its beginning what a content is that no format reads; it is nil where that is not known.
func Check(head []byte) error {
	// A ZIP archive begins with the name of its first file, 30 bytes in.
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) && bytes.Contains(head[:min(len(head), 256)], []byte(".npy")) {
		return fault.Byte(0, "%w: .npz, several arrays of NumPy; save each to a file of its own (numpy.save)", fault.ErrFormat)
	}
	for _, f := range known {
		if bytes.HasPrefix(head, []byte(f.begins)) {
			return fault.Byte(0, "%w: %s; %s", fault.ErrFormat, f.what, f.way)
		}
	}
	if order := withoutMark(head); order != "" {
		return fault.Byte(0, "%w: it seems to be text in UTF-16 without a mark (BOM); say so with --encoding %s", fault.ErrFormat, order)
	}
	return nil
}

// withoutMark tells the order of bytes of text in UTF-16: in most alphabets every other byte is 0. "" for anything else.
func withoutMark(head []byte) string {
	head = head[:min(len(head), 256)&^1]
	zeros := [2]int{}
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(head) / 2; {
	case half < 4:
	case zeros[0] == 0 && zeros[1] > half*9/10:
		return "utf-16le"
	case zeros[1] == 0 && zeros[0] > half*9/10:
		return "utf-16be"
	}
	return ""
}
