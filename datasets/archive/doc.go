// Package archive finds and reads the data sets of the field in folders laid out as they are published: the UCR and UEA
// archives for classification; NAB, the UCR anomaly archive, TSB-AD, SMD, SMAP and MSL, SKAB, Yahoo S5 and tables with a label
// column for anomaly detection.
//
//	sets, err := archive.Find("data/UCRArchive_2018", archive.Options{Task: archive.Classify})
//	if err != nil {
//		return err
//	}
//	for _, s := range sets {
//		d, err := s.Read(ctx, datasets.Options{})
//		if err != nil {
//			return err // file, row or byte, and what was expected
//		}
//		fmt.Println(s.Collection, s.Name, len(d.Train), len(d.Test))
//	}
//
// # What a set consists of
//
// A [Set] names its files and has not been read yet. [Set.Read] loads it as [Data]: what to learn from and what to classify or
// score, each series with its class or with a label for each time stamp (1 is an anomaly). [Set.OpenTrain] and [Set.OpenTest]
// read the same as a stream, with memory bounded by a chunk.
//
// Where a collection says which part of a recording is for learning, [Data].TrainLength is the number of time stamps of that part: by
// the file's name in the UCR anomaly archive and in TSB-AD, the first 400 of SKAB, the first 15 % of NAB. SMD, SMAP and MSL have a recording of its own for it.
//
// # Layouts
//
// [Collections] lists what is recognised. Files may be compressed with gzip or zstd. Folders may be nested and several collections
// may lie in one folder; a set's name is its path below the folder that was searched. Names are compared by their ends only:
// MoteStrain_TEST is a test file although its name contains TRAIN when case is ignored.
package archive
