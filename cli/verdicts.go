package cli

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
)

// verdictFlags ask for verdicts on whole series.
type verdictFlags struct {
	Verdicts string  `help:"Table of all series to write, each with the p-value of its highest score and whether it is anomalous as a whole (--fdr): .arrow, .arrows, .parquet or .csv; with a folder as --out, of all inputs." placeholder:"FILE"`
	FDR      float64 `name:"fdr" help:"Judge whole series, such as which of 500 pumps are anomalous: the share of false ones among those called so is at most this (Benjamini-Hochberg)." default:"0.05" placeholder:"SHARE"`
}

// verdictResult is the verdict on a series, as it is printed.
type verdictResult struct {
	Input  string `json:"input"`
	Series string `json:"series"`
	// Points counts the time stamps with a score; Peak is the position of the highest score and At its time stamp, where there is one.
	Points int     `json:"points"`
	Peak   int     `json:"peak"`
	At     string  `json:"at,omitempty"`
	Zone   string  `json:"zone,omitempty"`
	Score  float64 `json:"score"`
	// P is how often a normal series as long has a score as high, Adjusted the same by Benjamini and Hochberg over all series of the run;
	// Extrapolated says that normal readings have no episode as high.
	P            float64 `json:"p_value"`
	Adjusted     float64 `json:"adjusted_p_value"`
	Extrapolated bool    `json:"extrapolated,omitempty"`
	Anomalous    bool    `json:"anomalous"`
}

// judgement is the verdicts of a run.
type judgement struct {
	FDR float64 `json:"fdr"`
	// Tested counts the series with a score, Anomalous those called so.
	Tested    int `json:"tested"`
	Anomalous int `json:"anomalous"`
	// Series are those with the lowest p-values, at most as many as alarms are listed.
	Series []verdictResult `json:"series"`
}

// judges tells whether verdicts are asked for.
func (c *scoreCmd) judges(e *env) bool { return c.Verdicts != "" || e.given["fdr"] }

// judge makes ready for verdicts.
func (s *scoring) judge(reference string) error {
	rates, err := s.rates()
	switch {
	case errors.Is(err, detect.ErrNoRates) && reference != "":
		return usagef("whole series cannot be judged (--verdicts, --fdr): the reference %s was made by an older wavekin, which did not keep how often normal readings have episodes; make it anew with wavekin reference", reference)
	case err != nil:
		return err
	case !rates.Judges():
		return usagef("whole series cannot be judged (--verdicts, --fdr): the normal readings of %s have %s at most, too few for p-values of whole series; give more of them", plural.Of(rates.Points(), "time stamp"), plural.Of(rates.Episodes(), "episode"))
	}
	s.verdicts = &detect.Verdicts{Rates: rates}
	return nil
}

// judged are the verdicts on the series of a run or of an input, not adjusted yet; those without a score are left out.
func (s *scoring) judged() (out []verdictResult) {
	if s.verdicts == nil {
		return nil
	}
	for _, v := range s.verdicts.All() {
		if math.IsNaN(v.P) {
			continue
		}
		row := verdictResult{Input: v.Source, Series: v.Series, Points: v.Points, Peak: v.Peak, Score: v.Score, P: v.P, Extrapolated: v.Extrapolated}
		if v.HasTimes {
			row.At = clock(v.PeakTime, v.Zone)
		}
		if v.Zone != nil {
			row.Zone = v.Zone.String()
		}
		out = append(out, row)
	}
	return out
}

// adjust calls series anomalous.
func (f verdictFlags) adjust(all []verdictResult) {
	p := make([]float64, len(all))
	for i, v := range all {
		p[i] = v.P
	}
	for i, a := range detect.Adjusted(p) {
		all[i].Adjusted, all[i].Anomalous = a, a <= f.FDR
	}
}

// judgement writes the table of verdicts and sums them up.
func (f verdictFlags) judgement(all []verdictResult, most int) (*judgement, error) {
	j := &judgement{FDR: f.FDR, Tested: len(all), Series: slices.Clone(all)}
	for _, v := range all {
		if v.Anomalous {
			j.Anomalous++
		}
	}
	slices.SortStableFunc(j.Series, func(a, b verdictResult) int { return compareScores(a.P, b.P) })
	j.Series = j.Series[:min(len(j.Series), most)]
	if f.Verdicts == "" {
		return j, nil
	}
	return j, verdictTable(f.Verdicts, all)
}

// print lists the anomalous series.
func (j *judgement) print(w io.Writer, path string) error {
	if j == nil {
		return nil
	}
	t := report.Table{Header: []string{"anomalous series", "input", "highest at", "score", "p-value", "adjusted"}}
	far := 0
	for _, v := range j.Series {
		if !v.Anomalous {
			break
		}
		at := v.At
		if at == "" {
			at = fmt.Sprint(v.Peak)
		}
		p := fmt.Sprintf("%.2g", v.P)
		if v.Extrapolated {
			p, far = p+" *", far+1
		}
		t.Rows = append(t.Rows, []string{v.Series, v.Input, at, fmt.Sprintf("%.3f", v.Score), p, fmt.Sprintf("%.2g", v.Adjusted)})
	}
	var err error
	if len(t.Rows) > 0 {
		err = t.WithoutEmpty().Render(w)
	}
	_, perr := fmt.Fprintf(w, "%d of %d series anomalous as a whole, at a false discovery rate of %g\n", j.Anomalous, j.Tested, j.FDR)
	if far > 0 {
		_, ferr := fmt.Fprintln(w, "* extrapolated: normal readings have no episode as high")
		perr = errors.Join(perr, ferr)
	}
	if path != "" {
		_, ferr := fmt.Fprintf(w, "%s: %s\n", path, plural.Of(j.Tested, "verdict"))
		perr = errors.Join(perr, ferr)
	}
	return errors.Join(err, perr)
}

// verdictTable writes verdicts to a file of a table's format.
func verdictTable(path string, all []verdictResult) error {
	texts := make([]zoned, len(all))
	for i, v := range all {
		texts[i] = zoned{v.At, v.Zone}
	}
	when, stamp := stampColumns(texts)
	w, err := datasets.NewWriter(path, []datasets.Column{{Name: "input", Type: datasets.String}, {Name: "series", Type: datasets.String}, {Name: "points", Type: datasets.Int64},
		{Name: "peak", Type: datasets.Int64}, stamp("peak_time"), {Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64},
		{Name: "adjusted_p_value", Type: datasets.Float64}, {Name: "extrapolated", Type: datasets.Int64}, {Name: "anomalous", Type: datasets.Int64}})
	if err != nil {
		return err
	}
	for _, v := range all {
		if err := w.Append(v.Input, v.Series, v.Points, v.Peak, when.cell(v.At), v.Score, v.P, v.Adjusted, oneIf(v.Extrapolated), oneIf(v.Anomalous)); err != nil {
			return err
		}
	}
	return w.Close()
}

// oneIf is a truth value in a column of whole numbers.
func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
