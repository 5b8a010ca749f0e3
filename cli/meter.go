package cli

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/jobs"
)

// meter shows how far a job is, and writes its metrics. It is safe for concurrent use.
type meter struct {
	e     *env
	flags jobFlags
	out   string
	start time.Time
	total int64 // bytes of the inputs that are read, 0 where that is not known

	mu          sync.Mutex
	bar         *report.Progress
	done, among int
	remark      string
	written     time.Time // when the metrics were
	drift       *detect.Drift
	drifted     bool // which was told
}

func newMeter(e *env, title, out string, f jobFlags) *meter {
	return &meter{e: e, flags: f, out: out, start: time.Now(), bar: e.progress(title)}
}

// written holds the names of the files about a run to what is written.
func (f jobFlags) written(inputs []string) error {
	if f.Metrics != "" && (f.Metrics == output.Stdout || filepath.Ext(f.Metrics) != ".prom") {
		return usagef("--metrics %s: the textfile collector takes names that end in .prom", f.Metrics)
	}
	if f.Errors != "" {
		if err := checkBadRows(f.Errors); err != nil {
			return err
		}
	}
	if f.Metrics == "" && f.Errors == "" {
		return nil
	}
	return checkOutputs(inputs, f.Metrics, f.Errors)
}

// prepare starts what is written about a run, and returns what ends it.
func (f jobFlags) prepare(e *env, inputs []string) (end func(err error) error, err error) {
	if f.Plan {
		return func(err error) error { return err }, nil
	}
	if err := f.written(inputs); err != nil {
		return nil, err
	}
	if err := f.Memory.limit(); err != nil {
		return nil, err
	}
	if f.Errors != "" {
		if e.bad, err = startBadRows(f.Errors); err != nil {
			return nil, err
		}
	}
	return func(err error) error {
		berr := e.bad.close()
		if n := e.bad.left(); n > 0 && berr == nil {
			e.remark("warning: %s could not be used and were left out; they are in %s", plural.Of(n, "row"), f.Errors)
		}
		return errors.Join(err, berr)
	}, nil
}

// rows counts those that were read.
func (m *meter) rows(n int) {
	m.e.rows.Add(int64(n))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.show()
}

// ended says that another input is done.
func (m *meter) ended(done, among int, remark string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done, m.among, m.remark = done, among, remark
	m.show()
}

func (m *meter) show() {
	share := 0.0
	if m.total > 0 {
		share = float64(m.e.bytes.Load()) / float64(m.total)
	}
	m.bar.Read(m.e.rows.Load(), share)
	m.bar.Set(m.done, m.among, m.remark)
}

// write puts the metrics of a run into their file, where one is asked for.
func (m *meter) write(r streamResult, running bool, err error) error {
	further := m.tellDrift()
	if m.flags.Metrics == "" {
		return nil
	}
	shard, serr := jobs.ParseShard(string(m.flags.Shard))
	if serr != nil {
		return usageError{serr}
	}
	x := jobs.Metrics{Command: m.e.command, Out: m.out, Shard: shard, Failed: len(r.Failed), Rows: r.Rows, Windows: r.Windows, Unusable: m.e.bad.left(),
		Bytes: m.e.bytes.Load(), Seconds: since(m.start), PeakMemory: peakRSS(), Running: running, Success: err == nil && !running, At: time.Now(), Further: further}
	if x.Done = r.Inputs - len(r.Failed); r.Done != nil {
		x.Done, x.Kept = *r.Done, *r.Kept
	}
	return x.Write(m.flags.Metrics)
}

// tellDrift remarks once that what is scored has moved away from normal as a whole, and returns the figures of that.
func (m *meter) tellDrift() []jobs.Gauge {
	if m.drift == nil {
		return nil
	}
	d := m.drift.Test()
	m.mu.Lock()
	tell := d.Told() && !m.drifted
	m.drifted = d.Told()
	m.mu.Unlock()
	if tell {
		m.e.remark("warning: normal may have moved: %.0f %% of %s without overlap have p-values up to 0.1, where 10 %% are expected (Kolmogorov-Smirnov, p = %.1g); if these readings are normal, make a reference with them",
			100*d.Low, plural.Of(d.Places, "window"), d.P)
	}
	return []jobs.Gauge{
		{Name: "drift_windows", Help: "Windows without overlap that drift is told by.", Value: float64(d.Places)},
		{Name: "drift_low_share", Help: "Share of these windows with p-values up to 0.1, where 0.1 is expected.", Value: d.Low},
		{Name: "drift_p_value", Help: "How often p-values as low as these are met by chance, by a one-sided Kolmogorov-Smirnov test.", Value: d.P},
	}
}
