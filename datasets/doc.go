// Package datasets reads series from files and writes tables: Arrow IPC files and streams, Parquet, CSV, the .ts, .tsv and .arff of the
// UCR and UEA archives, and .npy, each also compressed with gzip or zstd. A format is recognised by the content first, then by
// the name; a folder or a glob stands for its files in the order of their names.
//
//	r, err := datasets.Open("line3.csv.zst", datasets.Options{})
//	if err != nil {
//		return err // file, row or byte, column, and what was expected
//	}
//	defer r.Close()
//	all, err := series.ReadAll(r) // or chunk by chunk, with r.Next
//
// Readers stream: memory is bounded by a chunk, not by the file, except where a format has no order in which it could be
// streamed. [Register] adds a format of another module. No size that a file claims is trusted before it is checked. [NewWriter] writes Arrow, Parquet or CSV by the output's name, beside its
// place, and moves it there when it is complete; [Convert] does both.
package datasets
