// Package knn finds exact nearest neighbours, and makes class votes from
// them.
//
// An [Index] holds rows of float32 numbers (the encodings of windows, say).
// [Index.Search] returns the k nearest rows of each query, and [Index.Vote]
// lets those rows vote for a class. Package detect makes anomaly scores of
// their distances.
//
// The search is exact, not approximate. A blocked float32 matrix product rules
// out the rows that cannot be among the nearest, by a rigorous bound on its
// rounding error; the distances of the few remaining ones are computed again in float64. Memory
// beside the data is bounded by the block sizes, and results are the same bits
// for any number of threads.
package knn
