// Package wavekin is where the framework starts: it holds an example that goes from readings to the window that is least like
// normal, and the packages below it do the work. docs/architecture.md shows the way of the data through them.
//
//	datasets, series    read tables and archives, put them on a grid, cut windows
//	train, methods      learn an encoder without labels
//	model, knn          encode, and find nearest neighbours
//	detect              score windows and time stamps, with or without a model
//	evaluate            probes and metrics; evaluate/suite compares methods over many sets
//	cli                 the command, for a program that adds encoders, methods, augmentations or formats
package wavekin
