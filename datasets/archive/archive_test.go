package archive

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/series"
)

// lay writes files below a new folder, by name and content.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// npy is an array of float32 in NumPy's format.
func npy(shape string, values ...float32) string {
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape)
	header += strings.Repeat(" ", 63-(len(header)+10)%64) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	b = append(b, header...)
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return string(b)
}

// ramp is n lines of numbers.
func ramp(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d.5\n", i)
	}
	return b.String()
}

// table is a CSV file of n rows: a header, and columns by row.
func table(header string, n int, row func(i int) string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		b.WriteString(row(i) + "\n")
	}
	return b.String()
}

// find returns the sets by name.
func find(t *testing.T, dir string, o Options) map[string]Set {
	t.Helper()
	sets, err := Find(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Set{}
	for _, s := range sets {
		if _, twice := out[s.Name]; twice {
			t.Errorf("set %q is there twice", s.Name)
		}
		out[s.Name] = s
	}
	return out
}

func mustRead(t *testing.T, s Set, o datasets.Options) *Data {
	t.Helper()
	d, err := s.Read(context.Background(), o)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return d
}

// anomalies lists the positions that are labelled.
func anomalies(s *series.Series) []int {
	var out []int
	for i, l := range s.PointLabels {
		if l > 0.5 {
			out = append(out, i)
		}
	}
	return out
}

func TestClassify(t *testing.T) {
	const ts = "@problemName x\n@classLabel true a b\n@data\n1,2:a\n3,4:b\n"
	dir := lay(t, map[string]string{
		// A name that contains TRAIN when case is ignored.
		"MoteStrain/MoteStrain_TRAIN.tsv": "1\t2\t3\n2\t3\t4\n", "MoteStrain/MoteStrain_TEST.tsv": "1\t5\t6\n", "MoteStrain/README.md": "",
		"Old/Old_TRAIN": "1,0.5,7\n1,0.6,7\n", "Old/Old_TEST": "2,0.5,7\n",
		"deep/er/Set/Set_TRAIN.ts": ts, "deep/er/Set/Set_TEST.ts": ts,
		"deep/er/Set/Set_TRAIN.arff": "no", "deep/er/Set/Set_TEST.arff": "no",
		"Many/Many_TRAIN.ts": ts, "Many/Many_TEST.ts": ts, "Many/ManyDimension1_TRAIN.ts": ts, "Many/ManyDimension1_TEST.ts": ts,
		"Crop/Crop_TRAIN.tsv": "3\t0.5\t0.25\n", "Crop/Crop_TEST.npy": npy("2, 3", 3, 0.75, 1, 4, 2, 2.5),
		"Flat_train.csv": "1,90,5\n2,91,5\n", "Flat_test.csv": "1,90,5\n",
		"Lone/Lone_TRAIN.ts": ts,
		"Digits/X_train.npy": npy("2, 3, 2", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), "Digits/y_train.npy": npy("2,", 0, 1),
		"Digits/X_test.npy": npy("1, 3, 2", 1, 2, 3, 4, 5, 6), "Digits/y_test.npy": npy("1,", 1),
		"Rows/X_train.npy": npy("2, 3", 1, 2, 3, 4, 5, 6), "Rows/y_train.npy": npy("2,", 0, 1),
		"Rows/X_test.npy": npy("1, 3", 1, 2, 3), "Rows/y_test.npy": npy("1,", 1),
	})
	sets := find(t, dir, Options{})
	for name, want := range map[string]struct {
		collection  string
		train, test string // labels
		first       [][]float64
	}{
		"MoteStrain":  {"UCR and UEA", "1 2", "1", [][]float64{{2, 3}}},
		"Old":         {"UCR and UEA", "1 1", "2", [][]float64{{0.5, 7}}},
		"deep/er/Set": {"UCR and UEA", "a b", "a b", [][]float64{{1, 2}}},
		"Many":        {"UCR and UEA", "a b", "a b", [][]float64{{1, 2}}},
		"Crop":        {"UCR and UEA", "3", "3 4", [][]float64{{0.5, 0.25}}},
		"Flat":        {"UCR and UEA", "1 2", "1", [][]float64{{90, 5}}},
		"Digits":      {"arrays", "0 1", "1", [][]float64{{1, 3, 5}, {2, 4, 6}}},
		"Rows":        {"arrays", "0 1", "1", [][]float64{{1, 2, 3}}},
	} {
		s, ok := sets[name]
		if !ok {
			t.Errorf("no set %s", name)
			continue
		}
		delete(sets, name)
		for _, chunk := range []int{0, 1} {
			d := mustRead(t, s, datasets.Options{ChunkRows: chunk})
			if s.Collection != want.collection || labels(d.Train) != want.train || labels(d.Test) != want.test || !slices.EqualFunc(d.Train[0].Values, want.first, slices.Equal) {
				t.Errorf("%s: %s, labels %q and %q, first %v; want %+v", name, s.Collection, labels(d.Train), labels(d.Test), d.Train[0].Values, want)
			}
		}
	}
	if len(sets) > 0 {
		t.Errorf("sets that are none: %v", sets)
	}
	one, err := Find(filepath.Join(dir, "MoteStrain", "MoteStrain_TEST.tsv"), Options{})
	if err != nil || len(one) != 1 || one[0].Name != "MoteStrain" {
		t.Errorf("by its file: %v, %v", one, err)
	}
}

func labels(all []*series.Series) string {
	var out []string
	for _, s := range all {
		out = append(out, s.Label)
	}
	return strings.Join(out, " ")
}

const machineRows = "0.1,5\n0.2,6\n0.1,7\n0.2,8\n"

func TestAnomaly(t *testing.T) {
	stamps := func(i int) string { return fmt.Sprintf("2014-04-01 %02d:%02d:00", i/60, i%60) }
	dir := lay(t, map[string]string{
		"ucr/001_UCR_Anomaly_Two_part_4_7_8.txt":   ramp(10),
		"ucr/002_UCR_Anomaly_line_4_7_8.txt":       strings.ReplaceAll(ramp(10), "\n", "  "),
		"smd/train/machine-1-1.txt":                machineRows,
		"smd/test/machine-1-1.txt":                 machineRows,
		"smd/test_label/machine-1-1.txt":           "0\n0\n1\n1\n",
		"smd/interpretation_label/machine-1-1.txt": "3-4:1\n",
		"flat/machine-2-1_train.npy":               npy("3, 2", 1, 2, 3, 4, 5, 6),
		"flat/machine-2-1_test.npy":                npy("2, 2", 1, 2, 3, 4),
		"flat/machine-2-1_test_label.npy":          npy("2,", 0, 1),
		"flat/test_label/machine-2-1.txt":          "0\n1\n",
		"psm/train.csv":                            "timestamp_(min),f0\n0,1\n1,2\n",
		"psm/test.csv":                             "timestamp_(min),f0\n5,1\n6,2\n",
		"psm/test_label.csv":                       "timestamp_(min),label\n5,0\n6,1\n",
		"nasa/labeled_anomalies.csv":               "chan_id,spacecraft,anomaly_sequences,class,num_values\nP-2,SMAP,\"[[1, 2]]\",[point],5\nM-1,MSL,\"[[0, 0]]\",[point],2\nP-2,SMAP,\"[[4, 4]]\",[point],5\nX-9,MSL,\"[[0, 0]]\",[point],2\n",
		"nasa/train/P-2.npy":                       npy("2, 1", 1, 2),
		"nasa/test/P-2.npy":                        npy("5, 1", 1, 2, 3, 4, 5),
		"nasa/train/M-1.npy":                       npy("2, 2", 1, 2, 3, 4),
		"nasa/test/M-1.npy":                        npy("2, 2", 1, 2, 3, 4),
		"nasa/train/T-10.npy":                      npy("2, 2", 1, 2, 3, 4),
		"nasa/test/T-10.npy":                       npy("2, 2", 1, 2, 3, 4),
		"tsb/001_NAB_id_1_Facility_tr_3_1st_5.csv": table("Data-1,Data-2,Label", 8, func(i int) string { return fmt.Sprintf("%d,7,%d", i, i/5%2) }),
		"nab/labels/combined_windows.json":         `{"real/speed.csv": [["2014-04-01 01:30:00.000000", "2014-04-01 01:31:00"]], "real/quiet.csv": []}`,
		"nab/data/real/speed.csv":                  table("timestamp,value", 100, func(i int) string { return fmt.Sprintf("%s,%d", stamps(i), i) }),
		"nab/data/real/quiet.csv":                  table("timestamp,value", 20, func(i int) string { return fmt.Sprintf("%s,%d", stamps(i), i) }),
		"skab/valve1/0.csv":                        table("datetime;Current;Volume Flow;anomaly;changepoint", 500, func(i int) string { return fmt.Sprintf("%s;1.5;%d;%d.0;0.0", stamps(i), i, i/450) }),
		"skab/anomaly-free/anomaly-free.csv":       table("datetime;Current;Volume Flow", 5, func(i int) string { return fmt.Sprintf("%s;1.5;%d", stamps(i), i) }),
		"yahoo/A1/real_1.csv":                      "timestamp,value,is_anomaly\n1,5,0\n2,6,1\n",
		"yahoo/A3/series1.csv":                     "timestamps,value,anomaly,changepoint,trend,noise,seasonality1,seasonality2,seasonality3\n1422237600,5,0,0,1,2,3,4,5\n1422241200,6,1,0,1,2,3,4,5\n",
		"own.csv":                                  "time,x,label\n1,5,0\n2,6,1\n",
	})
	sets := find(t, dir, Options{Task: Anomaly})
	for name, want := range map[string]struct {
		collection                 string
		train, test, channels, cut int // lengths, channels of both, train length
		at                         []int
	}{
		"ucr/001_UCR_Anomaly_Two_part_4_7_8":   {"UCR anomaly", 4, 10, 1, 4, []int{6, 7}},
		"ucr/002_UCR_Anomaly_line_4_7_8":       {"UCR anomaly", 4, 10, 1, 4, []int{6, 7}},
		"smd/machine-1-1":                      {"SMD", 4, 4, 2, 0, []int{2, 3}},
		"flat/machine-2-1":                     {"SMD", 3, 2, 2, 0, []int{1}},
		"psm":                                  {"train, test and test_label", 2, 2, 1, 0, []int{1}},
		"nasa/SMAP/P-2":                        {"SMAP", 2, 5, 1, 0, []int{1, 2, 4}},
		"nasa/MSL/M-1":                         {"MSL", 2, 2, 2, 0, []int{0}},
		"tsb/001_NAB_id_1_Facility_tr_3_1st_5": {"TSB-AD", 3, 8, 2, 3, []int{5, 6, 7}},
		"nab/data/real/speed":                  {"NAB", 15, 100, 1, 15, []int{90, 91}},
		"nab/data/real/quiet":                  {"NAB", 3, 20, 1, 3, nil},
		"skab/valve1/0":                        {"SKAB", 400, 500, 2, 400, positions(450, 500)},
		"yahoo/A1/real_1":                      {"Yahoo S5", 0, 2, 1, 0, []int{1}},
		"yahoo/A3/series1":                     {"Yahoo S5", 0, 2, 1, 0, []int{1}},
		"own":                                  {Table, 0, 2, 1, 0, []int{1}},
	} {
		s, ok := sets[name]
		if !ok {
			t.Errorf("no set %s", name)
			continue
		}
		delete(sets, name)
		for _, chunk := range []int{0, 1, 3} {
			o := datasets.Options{ChunkRows: chunk}
			d := mustRead(t, s, o)
			train := 0
			if len(d.Train) > 0 {
				train = d.Train[0].Len()
			}
			one := d.Test[0]
			if s.Collection != want.collection || train != want.train || one.Len() != want.test || d.TrainLength != want.cut ||
				one.NumChannels() != want.channels || !slices.Equal(anomalies(one), want.at) {
				t.Errorf("%s: %s, train %d, test %d, train length %d, channels %v, anomalies %v; want %+v",
					name, s.Collection, train, one.Len(), d.TrainLength, one.Channels, anomalies(one), want)
			}
			// The stream is the same.
			r, err := s.OpenTrain(o)
			if want.train == 0 {
				if !errors.Is(err, ErrNoTrain) {
					t.Errorf("%s: %v, want ErrNoTrain", name, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all, err := series.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || len(all) != 1 || !slices.EqualFunc(all[0].Values, d.Train[0].Values, slices.Equal) {
				t.Errorf("%s: the stream of the train part: %v, %v", name, all, err)
			}
		}
	}
	if len(sets) > 0 {
		t.Errorf("sets that are none: %v", sets)
	}
	for file, want := range map[string]string{
		"smd/test/machine-1-1.txt": "SMD", "smd/train/machine-1-1.txt": "SMD", "nasa/test/M-1.npy": "MSL",
		"nab/data/real/speed.csv": "NAB", "own.csv": Table, "ucr/001_UCR_Anomaly_Two_part_4_7_8.txt": "UCR anomaly",
	} {
		one, err := Find(filepath.Join(dir, filepath.FromSlash(file)), Options{Task: Anomaly})
		if err != nil || len(one) != 1 || one[0].Collection != want {
			t.Errorf("%s: %v, %v, want one set of %s", file, one, err, want)
		}
	}
}

// TestOpen: a file by itself is read as one of its collection.
func TestOpen(t *testing.T) {
	dir := lay(t, map[string]string{
		"train/machine-1-1.txt": machineRows, "test/machine-1-1.txt": machineRows, "test/machine-1-2.txt": machineRows,
		"test_label/machine-1-1.txt": "0\n0\n1\n1\n", "test_label/machine-1-2.txt": "1\n0\n0\n0\n", "train/machine-1-2.txt": machineRows,
		"1_UCR_Anomaly_x_4_7_8.txt": ramp(10),
		"own.csv":                   "time,x\n1,5\n2,6\n",
		"a_TRAIN.tsv":               "1\t2\t3\n2\t3\t4\n",
		"user/train/x.csv":          "time,x\n1,5\n2,6\n",
	})
	for path, want := range map[string]string{
		"test/machine-1-1.txt": "SMD [2 3]", "train/machine-1-1.txt": "SMD []", "1_UCR_Anomaly_x_4_7_8.txt": "UCR anomaly [6 7]",
		"own.csv": " []", "a_TRAIN.tsv": "UCR and UEA []UCR and UEA []", "test": "SMD [2 3]SMD [0]", "user/train/x.csv": " []",
	} {
		r, err := Open(filepath.Join(dir, filepath.FromSlash(path)), datasets.Options{ChunkRows: 3})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		all, err := series.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		got := ""
		read := datasets.Readings(r)
		for i, s := range all {
			got += fmt.Sprint(read[min(i, len(read)-1)].Collection, " ", anomalies(s))
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if _, err := Open(filepath.Join(dir, "none.csv"), datasets.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func positions(from, to int) []int {
	var out []int
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

func TestBadSets(t *testing.T) {
	smd := func(train, test, label string) map[string]string {
		return map[string]string{"train/a.txt": train, "test/a.txt": test, "test_label/a.txt": label}
	}
	nasa := func(list string) map[string]string {
		return map[string]string{"labeled_anomalies.csv": list, "train/A.npy": npy("1, 1", 1), "test/A.npy": npy("3, 1", 1, 2, 3)}
	}
	const header = "chan_id,spacecraft,anomaly_sequences,class,num_values\n"
	for _, c := range []struct {
		want  string
		files map[string]string
		task  Task
	}{
		{"no set there", map[string]string{"README.md": "x"}, Classify},
		{"no series there", map[string]string{"README.md": "x"}, Anomaly},
		{"test_label/a.txt: 1 label, but there are more time stamps in", smd(machineRows, machineRows, "0\n"), Anomaly},
		{"test_label/a.txt: at least 5 labels for 4 time stamps of", smd(machineRows, machineRows, "0\n0\n0\n1\n1\n"), Anomaly},
		{"test_label/a.txt: row 2: no label", smd(machineRows, machineRows, "0\nNaN\n0\n0\n"), Anomaly},
		{"test_label/a.txt: 2 columns, want one with a label", smd(machineRows, machineRows, machineRows), Anomaly},
		{`test/a.txt: series "a" has 1 channel, but "a" in`, smd(machineRows, "0.5\n0.6\n", "0\n1\n"), Anomaly},
		{"10 time stamps, but its anomaly lasts until the 12th (UCR anomaly)", map[string]string{"1_UCR_Anomaly_x_4_7_12.txt": ramp(10)}, Anomaly},
		{"10 time stamps, but the first 10 are to learn from (UCR anomaly)", map[string]string{"1_UCR_Anomaly_x_10_10_10.txt": ramp(10)}, Anomaly},
		{`labeled_anomalies.csv: no column "spacecraft"`, nasa("chan_id\nA\n"), Anomaly},
		{`row 2, column "anomaly_sequences": want a list such as`, nasa(header + "A,SMAP,5,x,3\n"), Anomaly},
		{`row 2, column "anomaly_sequences": a stretch from 2 to 1`, nasa(header + "A,SMAP,\"[[2, 1]]\",x,3\n"), Anomaly},
		{`row 2, column "num_values": "many" is no number of values`, nasa(header + "A,SMAP,\"[[1, 2]]\",x,many\n"), Anomaly},
		{`"../A" is no name of a channel`, nasa(header + "../A,SMAP,\"[[1, 2]]\",x,3\n"), Anomaly},
		{"test/A.npy: 3 time stamps, but ", nasa(header + "A,SMAP,\"[[1, 2]]\",x,4\n"), Anomaly},
		{"test/A.npy: 3 time stamps, but its anomaly lasts until the 4th", nasa(header + "A,SMAP,\"[[1, 3]]\",x,3\n"), Anomaly},
		{"combined_windows.json: want an object of lists", map[string]string{"labels/combined_windows.json": "[]", "a.csv": "time,v\n1,2\n"}, Anomaly},
		{"a stretch of 1 time stamps", map[string]string{"labels/combined_windows.json": `{"a.csv": [["2014-04-10 07:15:00"]]}`, "a.csv": "time,v\n1,2\n"}, Anomaly},
		{`"soon" is no time stamp`, map[string]string{"labels/combined_windows.json": `{"a.csv": [["soon", "2014-04-10 07:15:00"]]}`, "a.csv": "time,v\n1,2\n"}, Anomaly},
		{"no time stamps, by which", map[string]string{"labels/combined_windows.json": `{"a.csv": []}`, "a.csv": "v,w\n1,2\n"}, Anomaly},
		{"no labels: no column named label", map[string]string{"a.csv": "time,v\n1,2\n"}, Anomaly},
		{`series "a_TRAIN/0" has no class (--label names the column`, map[string]string{"a_TRAIN.ts": "@problemName x\n@data\n1\n", "a_TEST.ts": "@problemName x\n@data\n1\n"}, Classify},
		{"1 class, but there are more series in", map[string]string{"X_train.npy": npy("2, 2", 1, 2, 3, 4), "X_test.npy": npy("2, 2", 1, 2, 3, 4),
			"y_train.npy": npy("1,", 0), "y_test.npy": npy("1,", 0)}, Classify},
		{`series "X_train/1" has no class`, map[string]string{"X_train.npy": npy("2, 2", 1, 2, 3, 4), "X_test.npy": npy("1, 2", 1, 2),
			"y_train.npy": npy("2,", 0, float32(math.NaN())), "y_test.npy": npy("1,", 0)}, Classify},
		{"more classes than the 1 series of", map[string]string{"X_train.npy": npy("1, 2", 1, 2), "X_test.npy": npy("1, 2", 3, 4),
			"y_train.npy": npy("2,", 0, 1), "y_test.npy": npy("1,", 0)}, Classify},
		{"there are no series in it", map[string]string{"a_TRAIN.ts": "@problemName x\n@data\n", "a_TEST.ts": "@problemName x\n@data\n1\n"}, Classify},
	} {
		dir := lay(t, c.files)
		sets, err := Find(dir, Options{Task: c.task})
		for _, s := range sets {
			if err == nil {
				_, err = s.Read(context.Background(), datasets.Options{})
			}
		}
		var e *datasets.Error
		if !errors.As(err, &e) || !strings.Contains(filepath.ToSlash(err.Error()), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
	if _, err := Find(filepath.Join(t.TempDir(), "none"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	s := find(t, lay(t, map[string]string{"a.csv": "time,v,label\n1,2,0\n"}), Options{Task: Anomaly})["a"]
	if _, err := s.Read(ctx, datasets.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
}

// The channels of the parts are matched by name.
func TestColumnOrder(t *testing.T) {
	dir := lay(t, map[string]string{"a_train.csv": "x,y\n1,10\n2,20\n", "a_test.csv": "y,x\n30,3\n40,4\n", "a_test_label.csv": "label\n0\n1\n"})
	d := mustRead(t, find(t, dir, Options{Task: Anomaly})["a"], datasets.Options{})
	if s := d.Test[0]; !slices.Equal(s.Channels, []string{"x", "y"}) || s.Values[0][0] != 3 || s.Values[1][0] != 30 {
		t.Errorf("%v %v", s.Channels, s.Values)
	}
	dir = lay(t, map[string]string{"a_train.csv": "x,y\n1,10\n2,20\n", "a_test.csv": "z,x\n30,3\n40,4\n", "a_test_label.csv": "label\n0\n1\n"})
	if _, err := find(t, dir, Options{Task: Anomaly})["a"].Read(context.Background(), datasets.Options{}); err == nil || !strings.Contains(err.Error(), `no channel "y"`) {
		t.Errorf("another channel: %v", err)
	}
}

// Links may lead in a circle, and twice to one folder.
func TestLinks(t *testing.T) {
	dir := lay(t, map[string]string{"sets/a/a_TRAIN.tsv": "1\t2\t3\n", "sets/a/a_TEST.tsv": "1\t2\t3\n"})
	for link, to := range map[string]string{"sets/a/up": "..", "sets/b": "a", "sets/gone": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Skip("wants symbolic links, which this system refuses: ", err)
		}
	}
	if sets := find(t, dir, Options{}); len(sets) != 1 {
		t.Errorf("%v", sets)
	}
}

func TestChoose(t *testing.T) {
	sets := []Set{{Name: "real/a"}, {Name: "real/b"}, {Name: "art/a"}, {Name: "c"}}
	for choices, want := range map[string]string{"": "real/a real/b art/a c", "a": "real/a art/a", "real": "real/a real/b", "real/b": "real/b", "re*/b,c": "real/b c", "art/": "art/a"} {
		var list []string
		if choices != "" {
			list = strings.Split(choices, ",")
		}
		got, err := Choose(sets, list)
		var names []string
		for _, s := range got {
			names = append(names, s.Name)
		}
		if err != nil || strings.Join(names, " ") != want {
			t.Errorf("%q: %v, %v, want %s", choices, names, err, want)
		}
	}
	if _, err := Choose(sets, []string{"c", "d"}); err == nil || !strings.Contains(err.Error(), `no set "d"; the first of 4`) {
		t.Errorf("a set that is not there: %v", err)
	}
}

func TestCollections(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Collections() {
		if c.Name == "" || c.Doc == "" || names[c.Name] {
			t.Errorf("%q is incomplete or there twice", c.Name)
		}
		names[c.Name] = true
	}
}
