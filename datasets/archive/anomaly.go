package archive

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

// arrayEndings are the formats of recordings without names of columns.
var arrayEndings = []string{".npy", ".txt", ".csv"}

// matrixFormat is the format that a recording is read as whose rows are time stamps.
func matrixFormat(f *file) string {
	if f.ending == ".txt" {
		return "matrix"
	}
	return ""
}

// findTelemetry finds SMAP and MSL: folders train and test, and the list of labelled stretches, in one file for both
// spacecraft.
func findTelemetry(t *tree) ([]Set, error) {
	var out []Set
	for _, f := range t.folders {
		list := f.best("labeled_anomalies", []string{".csv"})
		train, test := t.child(f, "train"), t.child(f, "test")
		if list == nil || train == nil || test == nil {
			continue
		}
		channels, err := readTelemetryLabels(list.path)
		if err != nil {
			return nil, err
		}
		list.claimed = true
		for _, c := range channels {
			a, b := train.best(c.id, arrayEndings), test.best(c.id, arrayEndings)
			if a == nil || b == nil {
				continue // published copies often lack channels
			}
			s := Set{Name: path.Join(f.rel, c.spacecraft, c.id), Collection: c.spacecraft, Train: a.path, Test: b.path}
			s.trainFormat, s.testFormat = matrixFormat(a), matrixFormat(b)
			s.ranges, s.labelFile, s.length = c.ranges, list.path, c.length
			out = append(out, s)
		}
		claimAll(train)
		claimAll(test)
	}
	return out, nil
}

func claimAll(f *folder) {
	for _, one := range f.files {
		one.claimed = true
	}
}

// machine is the name of a recording of SMD.
var machine = regexp.MustCompile(`(?i)^machine-\d+-\d+$|^SMD$`)

// findServers finds SMD and others of its form.
func findServers(t *tree) ([]Set, error) {
	var out []Set
	add := func(name, stem string, train, test, label *file) {
		train.claimed, test.claimed, label.claimed = true, true, true
		s := Set{Name: name, Train: train.path, Test: test.path, Collection: "train, test and test_label"}
		if machine.MatchString(stem) {
			s.Collection = "SMD"
		}
		s.trainFormat, s.testFormat, s.labelFormat = matrixFormat(train), matrixFormat(test), matrixFormat(label)
		s.labelFile, s.pointFile, s.labelChannel = label.path, true, label.header().label()
		s.timeColumn = test.header().time()
		out = append(out, s)
	}
	for _, f := range t.folders {
		train, test, label := t.child(f, "train"), t.child(f, "test"), t.child(f, "test_label")
		if label == nil {
			label = t.child(f, "test_labels")
		}
		if train == nil || test == nil || label == nil {
			continue
		}
		for _, one := range test.files {
			if one.claimed {
				continue
			}
			a, b, l := train.best(one.stem, arrayEndings), test.best(one.stem, arrayEndings), label.best(one.stem, arrayEndings)
			if a != nil && b != nil && l != nil {
				add(path.Join(f.rel, one.stem), one.stem, a, b, l)
			}
		}
		if other := t.child(f, "interpretation_label"); other != nil {
			claimAll(other)
		}
	}
	for _, f := range t.folders {
		for _, one := range f.files {
			stem, isTest := cutEnd(one.stem, "_test")
			sep := "_"
			if strings.EqualFold(one.stem, "test") {
				stem, sep, isTest = "", "", true
			}
			if !isTest || one.claimed {
				continue
			}
			a, b := f.best(stem+sep+"train", arrayEndings), f.best(stem+sep+"test", arrayEndings)
			l := f.best(stem+sep+"test_label", arrayEndings)
			if l == nil {
				l = f.best(stem+sep+"test_labels", arrayEndings)
			}
			if a == nil || b == nil || l == nil {
				continue
			}
			name := path.Join(f.rel, stem)
			if stem == "" && f.rel == "" {
				name = path.Base(abs(t.root))
			}
			add(name, stem, a, b, l)
			for _, d := range []string{"test_label", "interpretation_label"} {
				if other := t.child(f, d); other != nil {
					claimAll(other) // the same labels once more
				}
			}
		}
	}
	return out, nil
}

// ucrAnomaly is NUMBER_UCR_Anomaly_NAME_TRAINEND_FROM_TO; positions count from 1 and both ends are meant.
var ucrAnomaly = regexp.MustCompile(`(?i)^\d+_UCR_Anomaly_.+_(\d+)_(\d+)_(\d+)$`)

func findUCRAnomaly(t *tree) ([]Set, error) {
	return t.byName(ucrAnomaly, func(f *file, m []string) (Set, bool) {
		end, from, to := number(m[1]), number(m[2]), number(m[3])
		if end < 1 || from < 1 || to < from {
			return Set{}, false
		}
		s := Set{}
		s.trainLength, s.ranges, s.labelFile = end, [][2]int{{from - 1, to - 1}}, f.path
		s.testFormat = matrixFormat(f)
		return s, true
	})
}

// tsb is NUMBER_SET_id_ID_DOMAIN_tr_TRAINEND_1st_FROM.
var tsb = regexp.MustCompile(`(?i)^\d+_.+_id_\d+_.*tr_(\d+)_1st_(\d+)$`)

func findTSB(t *tree) ([]Set, error) {
	return t.byName(tsb, func(f *file, m []string) (Set, bool) {
		s := Set{}
		s.trainLength = number(m[1])
		s.labelColumn = "Label"
		return s, s.trainLength > 0
	})
}

// number reads a whole number, or returns 0.
func number(text string) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

// byName makes a set of each file whose stem a pattern matches.
func (t *tree) byName(pattern *regexp.Regexp, set func(f *file, m []string) (Set, bool)) ([]Set, error) {
	return t.each(func(dir *folder, f *file) (Set, bool, error) {
		m := pattern.FindStringSubmatch(f.stem)
		if m == nil {
			return Set{}, false, nil
		}
		s, ok := set(f, m)
		return s, ok, nil
	})
}

// each makes sets of single files that no collection has claimed.
func (t *tree) each(set func(dir *folder, f *file) (s Set, ok bool, err error)) ([]Set, error) {
	var out []Set
	for _, dir := range t.folders {
		for _, f := range dir.files {
			if !f.readable() {
				continue
			}
			s, ok, err := set(dir, f)
			if err != nil {
				return nil, err
			}
			if ok {
				f.claimed = true
				s.Name, s.Test = path.Join(dir.rel, f.stem), f.path
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// findNAB finds the files that a file of stretches names.
func findNAB(t *tree) ([]Set, error) {
	return t.each(func(dir *folder, f *file) (Set, bool, error) {
		known, err := t.stretches(dir)
		if err != nil {
			return Set{}, false, err
		}
		spans, ok := known.of(f)
		if !ok || f.ending == ".json" {
			return Set{}, false, nil
		}
		s := Set{}
		s.spans, s.byTime, s.probation = spans, true, true
		return s, true, nil
	})
}

// skabTrain is how many time stamps of each recording SKAB's protocol learns from.
const skabTrain = 400

func findSKAB(t *tree) ([]Set, error) {
	sets, err := t.each(func(dir *folder, f *file) (Set, bool, error) {
		h := f.header()
		if !h.has("datetime", "anomaly", "changepoint") {
			return Set{}, false, nil
		}
		s := Set{}
		s.trainLength, s.labelColumn, s.channels = skabTrain, "anomaly", h.without("datetime", "anomaly", "changepoint")
		return s, true, nil
	})
	if err != nil || len(sets) == 0 {
		return sets, err
	}
	// The recording without anomalies is no set: there is nothing to find in it.
	for _, dir := range t.folders {
		if path.Base(dir.rel) == "anomaly-free" {
			claimAll(dir)
		}
	}
	return sets, nil
}

func findYahoo(t *tree) ([]Set, error) {
	return t.each(func(dir *folder, f *file) (Set, bool, error) {
		s := Set{}
		h := f.header()
		switch {
		case h.has("timestamp", "value", "is_anomaly") && len(h.columns) == 3:
			s.labelColumn = "is_anomaly"
		case h.has("timestamps", "value", "anomaly", "changepoint"):
			s.labelColumn, s.timeColumn = "anomaly", "timestamps"
		default:
			return s, false, nil
		}
		s.channels = []string{"value"}
		return s, true, nil
	})
}

func findTables(t *tree) ([]Set, error) {
	return t.each(func(dir *folder, f *file) (Set, bool, error) {
		s := Set{}
		if f.ending != ".txt" {
			s.labelColumn = f.header().label()
		}
		return s, true, nil
	})
}
