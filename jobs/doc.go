// Package jobs makes an output of every file of a folder, and does it again only for what is missing or has changed.
//
// [Find] lists the inputs of folders, globs, Hive partitions and list files. A [Job] names the folder of the outputs and what they
// depend on; [Job.Plan] compares that with the manifest of the folder, and [Job.Run] does what is left. Each output is written beside
// its place, synced and moved there; the manifest, itself written whole, holds the hashes of what it was made from. A job that was
// killed at any moment is gone on with by running it again.
package jobs
