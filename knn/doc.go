// Package knn finds nearest neighbours, exact ones or nearly so among many
// rows, and makes class votes from them.
//
// An [Index] holds rows of float32 numbers (the encodings of windows, say).
// [Index.Search] returns the k nearest rows of each query, and [Index.Vote]
// lets those rows vote for a class. Package detect makes anomaly scores of
// their distances.
//
// The search of an Index is exact. A blocked float32 matrix product rules
// out the rows that cannot be among the nearest, by a rigorous bound on its
// rounding error; the distances of the few remaining ones are computed again in float64. Memory
// beside the data is bounded by the block sizes, and results are the same bits
// for any number of threads.
//
// For more rows than that serves, an [Inverted] index keeps a byte of each
// number, in lists around centroids, and a query looks through the nearest
// lists only:
//
//	x, err := knn.NewInverted(ctx, knn.Memory(rows, dim), knn.InvertedConfig{})
//	ids, distances, err := x.Search(queries, 10)
//
// Its rows may lie in a file while it is made ([Spool], [Rows]).
package knn
