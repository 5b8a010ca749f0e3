package jobs

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Metrics are the figures of a run, for the textfile collector of Prometheus' node_exporter.
type Metrics struct {
	// Command, Out and Shard tell the series of one job from those of another.
	Command, Out string
	Shard        Shard
	// Done, Kept and Failed count the inputs by what became of them.
	Done, Kept, Failed int
	// Rows and Windows count what was written, Unusable the rows that were left out, Bytes what was read.
	Rows, Windows, Unusable int
	Bytes                   int64
	// Seconds is how long the run has taken, PeakMemory the largest memory of the process in bytes, 0 where that is not known.
	Seconds    float64
	PeakMemory int64
	// Running says that the run has not ended yet, Success that it ended without a failure, At when that was.
	Running, Success bool
	At               time.Time
	// Further are figures of the command's own.
	Further []Gauge
}

// Gauge is a figure of a command's own.
type Gauge struct {
	// Name is a metric's name after wavekin_job_, Help says in a line what it is.
	Name, Help string
	Value      float64
}

// lastSuccess is the metric that outlives runs that fail.
const lastSuccess = "wavekin_job_last_success_timestamp_seconds"

// Write puts the metrics into a file, whose name should end in .prom, whole. The time of the last success is that of the file before
// where this run is none.
func (m Metrics) Write(file string) error {
	success := lastOf(file, lastSuccess+m.labels(""))
	if m.Success {
		success = float64(m.At.UnixMilli()) / 1000
	}
	var b strings.Builder
	for _, state := range []struct {
		name string
		n    int
	}{{"done", m.Done}, {"kept", m.Kept}, {"failed", m.Failed}} {
		m.add(&b, "inputs", "Inputs of the last run by what became of them.", state.name, float64(state.n))
	}
	for _, g := range append([]Gauge{
		{"rows", "Rows that the last run wrote.", float64(m.Rows)},
		{"windows", "Windows or time stamps that the last run worked on.", float64(m.Windows)},
		{"unusable_rows", "Rows that the last run left out because they could not be used.", float64(m.Unusable)},
		{"read_bytes", "Bytes that the last run read of its inputs.", float64(m.Bytes)},
		{"duration_seconds", "Time that the last run took.", m.Seconds},
		{"peak_memory_bytes", "Largest resident memory of the last run.", float64(m.PeakMemory)},
		{"running", "1 while the run goes on.", oneIf(m.Running)},
		{"success", "1 if the last run ended without a failure.", oneIf(m.Success)},
		{"last_success_timestamp_seconds", "When a run ended without a failure, 0 for never.", success},
	}, m.Further...) {
		m.add(&b, g.Name, g.Help, "", g.Value)
	}
	return writeWhole(file, []byte(strings.TrimSuffix(b.String(), "\n")))
}

// add writes a metric, with its head before the first of its series.
func (m Metrics) add(b *strings.Builder, name, help, state string, v float64) {
	name = "wavekin_job_" + name
	if head := "# TYPE " + name + " gauge\n"; !strings.Contains(b.String(), head) {
		fmt.Fprintf(b, "# HELP %s %s\n%s", name, help, head)
	}
	fmt.Fprintf(b, "%s%s %s\n", name, m.labels(state), strconv.FormatFloat(v, 'g', -1, 64))
}

// labels tell a series from those of other jobs.
func (m Metrics) labels(state string) string {
	text := fmt.Sprintf(`{command="%s",out="%s"`, escaped(m.Command), escaped(m.Out))
	if m.Shard.Count > 0 {
		text += fmt.Sprintf(`,shard="%d/%d"`, m.Shard.Index, m.Shard.Count)
	}
	if state != "" {
		text += fmt.Sprintf(`,state="%s"`, state)
	}
	return text + "}"
}

// escaped is a label's value as the text format has it, which is UTF-8.
func escaped(value string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(value, "\ufffd"))
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// lastOf reads the value of a series of an earlier file; 0 where there is none.
func lastOf(file, key string) float64 {
	f, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), key+" "); ok {
			v, err := strconv.ParseFloat(rest, 64)
			if err == nil {
				return v
			}
		}
	}
	return 0
}
