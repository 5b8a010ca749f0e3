// Command alarms counts the alarms that wavekin score --alarm-rate finds on normal readings that it has not seen: the normal readings of a
// set are cut in time, the first part is learnt from, the rest is scored. It writes the table of docs/results/alarms.md.
//
//	go run ./bench/alarms --data ../shared/data/anomaly
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/series"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "alarms:", err)
		os.Exit(1)
	}
}

// collection are recordings with labels, whose distance of time stamps is known.
type collection struct {
	name   string
	perDay float64 // time stamps
	series []*series.Series
}

func run() error {
	data := flag.String("data", "../shared/data/anomaly", "folder with SMD, NAB and KPI_sample, beside which there is forecasting/ETT")
	share := flag.Float64("learn", 0.5, "leading share of the time that is learnt from")
	sets := flag.String("sets", "", "a part of the names of the readings to take, such as NAB; all without")
	flag.Parse()
	all, err := read(*data)
	if err != nil {
		return err
	}
	rates := report.Table{Header: []string{"readings", "series", "days learnt from", "days scored", "rate wanted", "alarms", "a day", "ratio", "share of learnt time", "of scored time"}}
	halves := report.Table{Header: []string{"readings", "half", "series", "2/day", "1/day", "0.5/day"}}
	verdicts := report.Table{Header: []string{"readings", "days judged", "p-value up to 0.01", "up to 0.05", "up to 0.2", "anomalous at 0.05"}}
	for _, c := range all {
		if !strings.Contains(c.name, *sets) {
			continue
		}
		half := [2][]*sum{sumsOf(c), sumsOf(c)} // every second series by name, and the others
		for i, one := range c.series {
			if err := count(half[i%2], one, *share); err != nil {
				return fmt.Errorf("%s: %w", one.ID, err)
			}
		}
		total := sumsOf(c)
		for i, s := range total {
			s.add(half[0][i])
			s.add(half[1][i])
			if s.scored > 0 {
				rates.Rows = append(rates.Rows, s.cells())
			}
		}
		for k, name := range []string{"chosen", "held out"} {
			halves.Rows = append(halves.Rows, []string{c.name, name, fmt.Sprintf("%.0f", half[k][0].k), half[k][0].ratio(), half[k][1].ratio(), half[k][2].ratio()})
		}
		if len(total[0].days) > 0 {
			verdicts.Rows = append(verdicts.Rows, total[0].verdicts())
		}
	}
	fmt.Print(rates.Markdown("lr"), "\n", halves.Markdown("llr"), "\n", verdicts.Markdown("lr"))
	return nil
}

// verdicts is a row of the second table: every day that was scored is judged as a series of its own.
func (s *sum) verdicts() []string {
	levels, low, called := []float64{0.01, 0.05, 0.2}, make([]int, 3), 0
	for _, p := range s.days {
		for i, level := range levels {
			if p <= level {
				low[i]++
			}
		}
	}
	for _, p := range detect.Adjusted(s.days) {
		if p <= 0.05 {
			called++
		}
	}
	n := float64(len(s.days))
	out := []string{s.name, fmt.Sprintf("%.0f", n)}
	for _, k := range low {
		out = append(out, fmt.Sprintf("%.3f", float64(k)/n))
	}
	return append(out, fmt.Sprint(called))
}

// read reads the collections.
func read(dir string) (out []collection, err error) {
	smd := collection{name: "SMD, training parts", perDay: 24 * 60}
	files, err := filepath.Glob(filepath.Join(dir, "SMD", "*_train.npy*"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if smd.series, err = add(smd.series, file); err != nil {
			return nil, err
		}
	}
	kpi := collection{name: "KPI", perDay: 24 * 12}
	if kpi.series, err = add(kpi.series, filepath.Join(dir, "KPI_sample", "bagel_sample_data.csv.zst")); err != nil {
		return nil, err
	}
	ett := collection{name: "ETTm1", perDay: 24 * 4}
	if ett.series, err = add(ett.series, filepath.Join(dir, "..", "forecasting", "ETT", "ETTm1.csv.gz")); err != nil {
		return nil, err
	}
	out = []collection{smd, kpi, ett}
	for _, part := range []string{"realTweets", "realKnownCause", "realAWSCloudwatch", "realTraffic"} {
		nab := collection{name: "NAB, " + part, perDay: 24 * 12}
		sets, err := archive.Find(filepath.Join(dir, "NAB", "data", part), archive.Options{Task: archive.Anomaly})
		if err != nil {
			return nil, err
		}
		for _, set := range sets {
			d, err := set.Read(context.Background(), datasets.Options{})
			if err != nil {
				return nil, err
			}
			for _, s := range d.Test {
				// Half-hourly and irregular ones are another measure of a day.
				if s.Times != nil && series.SamplingOf(s.Times).Step == 5*60*1e9 {
					nab.series = append(nab.series, s)
				}
			}
		}
		out = append(out, nab)
	}
	return out, nil
}

func add(all []*series.Series, file string) ([]*series.Series, error) {
	r, err := datasets.Open(file, datasets.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	more, err := series.ReadAll(r)
	return append(all, more...), err
}

// sum is what was counted.
type sum struct {
	collection
	rate                 float64   // a day
	learnt, scored, n, k float64   // time stamps, alarms and series
	normal, above        float64   // learnt and scored time stamps that reach the threshold
	days                 []float64 // p-values of the days that were scored
}

// sumsOf are those at the rates that are tried.
func sumsOf(c collection) []*sum {
	return []*sum{{collection: c, rate: 2}, {collection: c, rate: 1}, {collection: c, rate: 0.5}}
}

// add adds what was counted in other series at the same rate.
func (s *sum) add(o *sum) {
	s.learnt, s.scored, s.n, s.k = s.learnt+o.learnt, s.scored+o.scored, s.n+o.n, s.k+o.k
	s.normal, s.above, s.days = s.normal+o.normal, s.above+o.above, append(s.days, o.days...)
}

// ratio is that of the alarms to those that were wanted.
func (s *sum) ratio() string {
	if s.scored == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", s.n/(s.scored/s.perDay)/s.rate)
}

// cells is a row of the table.
func (s *sum) cells() []string {
	day := s.n / (s.scored / s.perDay)
	out := []string{s.name}
	for _, days := range []float64{s.k, s.learnt / s.perDay, s.scored / s.perDay} {
		out = append(out, fmt.Sprintf("%.0f", days))
	}
	out = append(out, fmt.Sprintf("%g/day", s.rate), fmt.Sprintf("%.0f", s.n))
	for _, share := range []float64{day, day / s.rate, s.normal / s.learnt, s.above / s.scored} {
		out = append(out, fmt.Sprintf("%.2f", share))
	}
	return out
}

// count learns from the beginning of a series and counts the alarms in the rest, at each rate that there is a threshold for.
func count(sums []*sum, one *series.Series, share float64) error {
	cut := int(share * float64(one.Len()))
	f, err := detect.FitFused(context.Background(), normal(one.Slice(0, cut)), detect.FusedConfig{Rates: true})
	if errors.Is(err, detect.ErrTooFew) {
		return nil
	}
	if err != nil {
		return err
	}
	rates, err := f.Rates()
	if err != nil {
		return err
	}
	found, err := alarms(sums, rates, one.ID)
	if err != nil {
		return err
	}
	days := detect.Verdicts{Rates: rates}
	for p, err := range f.Points(context.Background(), series.FromSlice(normal(one.Slice(cut, one.Len())))) {
		var short *series.ShortError
		if errors.As(err, &short) {
			continue
		}
		if err != nil {
			return err
		}
		judge(&days, &p.Points, int(sums[0].perDay))
		for i := range found {
			if found[i] == nil {
				continue
			}
			sums[i].scored += float64(len(p.Score))
			for _, v := range p.Score {
				if v >= found[i].Threshold {
					sums[i].above++
				}
			}
			if err := found[i].Add(context.Background(), &p.Points, nil, nil); err != nil {
				return err
			}
		}
	}
	for _, v := range days.All() {
		if float64(v.Points) >= sums[0].perDay/2 && !math.IsNaN(v.P) { // what is left of a day beside anomalies or at an end is no day
			sums[0].days = append(sums[0].days, v.P)
		}
	}
	for i, s := range sums {
		if found[i] == nil {
			continue
		}
		if _, _, err := found[i].All(context.Background()); err != nil {
			return err
		}
		n := found[i].Alarms()
		s.n, s.learnt, s.k = s.n+float64(n), s.learnt+float64(rates.Points()), s.k+1
		fmt.Fprintf(os.Stderr, "%s: %d alarms at %g or more\n", one.ID, n, found[i].Threshold)
	}
	return nil
}

// alarms are the episodes at each rate that there is a threshold for, still empty; nil at the others.
func alarms(sums []*sum, rates *detect.Rates, name string) ([]*detect.Episodes, error) {
	found := make([]*detect.Episodes, len(sums))
	for i, s := range sums {
		rate := s.rate / s.perDay
		if smallest := rates.Smallest(); smallest == 0 || rate < smallest {
			fmt.Fprintf(os.Stderr, "%s: left out at %g/day, for which the normal readings are too short\n", name, s.rate)
			continue
		}
		a, err := rates.Alarm(rate)
		if err != nil {
			return nil, err
		}
		found[i] = &detect.Episodes{Threshold: a.Threshold, Join: a.Join, Longest: a.Longest}
		s.normal += a.Share * float64(rates.Points())
	}
	return found, nil
}

// judge adds points, each day as a series of its own.
func judge(days *detect.Verdicts, p *detect.Points, day int) {
	for at := 0; at < len(p.Score); {
		number := (p.Start + at) / day
		to := min(len(p.Score), (number+1)*day-p.Start)
		days.Add(&detect.Points{Series: fmt.Sprintf("%s, day %d", p.Series, number), Start: p.Start + at, Score: p.Score[at:to]})
		at = to
	}
}

// normal are the stretches between labelled anomalies.
func normal(s *series.Series) (out []*series.Series) {
	from := 0
	for i := 0; i <= s.Len(); i++ {
		if i < s.Len() && (s.PointLabels == nil || s.PointLabels[i] == 0) {
			continue
		}
		if i-from >= 256 {
			part := s.Slice(from, i)
			part.Start, part.PointLabels = 0, nil
			part.ID = fmt.Sprintf("%s from %d", s.ID, s.Start+from)
			out = append(out, part)
		}
		from = i + 1
	}
	return out
}
