// Package ondisk keeps the values of series in a temporary file, for data that do not fit into memory:
//
//	w, err := ondisk.New(dir, 0)
//	...
//	for ... {
//		err = w.Add(chunk) // as a series.Reader hands them out
//	}
//	set, err := w.Set()
//	defer set.Close()
//	model, _, err := train.Pretrain(ctx, train.Recorded{set}, cfg)
//
// A [Set] holds names and stretches without a value in memory, and reads values when they are needed. Time stamps, labels of
// time stamps and other columns are not kept: put series on a grid first, so that their step says it all. The same training on
// the same series in memory gives the same model, bit by bit.
//
// The file lies in a folder of the caller's choice and has no name, where the system allows that: it is gone when the process
// ends, however it ends.
package ondisk
