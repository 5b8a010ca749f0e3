// Package suite compares ways of learning over many labelled sets, each beside
// the floors that a claim of learning needs: the same encoder untrained, and no
// encoder at all.
//
// [Classify] learns from the train part of a set without its labels and
// classifies the test part by frozen encodings. [Anomaly] learns from the first
// part of a series, scores every time stamp by its distance from that part, and
// compares the scores with labels. [Images] is [Classify] for sets of images. All hand out a [Row] per set, method,
// encoder and seed, which tells everything that the result depends on, and keep
// finished rows in a [Journal], so that a long comparison can be interrupted
// and goes on where it was:
//
//	journal, _ := suite.OpenJournal("rows.jsonl")
//	defer journal.Close()
//	c := suite.Classify{Training: suite.Training{Seeds: 3}}
//	rows, err := c.Set(ctx, suite.Set{Name: "CBF", Train: train, Test: test}, journal)
//
// [Compare] does so for many sets, several at once if asked, and [Tables] lays the rows out with their means:
//
//	sets, _ := archive.Find("UCR", archive.Options{})
//	r, err := suite.Compare(ctx, c.Items(sets, datasets.Options{}), suite.Options{Journal: journal, Parallel: 2})
//	for _, t := range suite.Tables(r.Rows) {
//		t.Render(os.Stdout)
//	}
package suite
