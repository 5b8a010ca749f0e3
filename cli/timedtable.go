package cli

import (
	"errors"
	"io"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/jobs"
)

// stamps says what the time stamps of a series are.
type stamps int

const (
	noTimes  stamps = iota // positions only
	counters               // whole numbers such as 0, 1, 2
	dates
)

func timesOf(times []int64) stamps {
	switch {
	case len(times) == 0:
		return noTimes
	case datasets.AreDates(times):
		return dates
	}
	return counters
}

// timedTable is an output whose columns the first input decides: its rows have time stamps if that has any.
type timedTable struct {
	path  string
	times stamps
	keys  []jobs.Key // columns with one value
	about func(cols []datasets.Column) (map[string]string, error)
	to    io.Writer // a stream instead of a file; nil for none
	delay time.Duration
	w     *datasets.Writer
}

// begin makes the table on first use, and refuses an input that would not fit into it. columns are given one of time stamps to name.
func (t *timedTable) begin(times stamps, zone *time.Location, columns func(stamp func(name string) datasets.Column) []datasets.Column) error {
	if t.w != nil {
		if times != t.times {
			return errors.New("this input and the first one disagree in having time stamps; write them into separate files")
		}
		return nil
	}
	t.times = times
	cols := columns(func(name string) datasets.Column {
		c := datasets.Column{Name: name, Type: datasets.Int64}
		if times == dates {
			c.Type = datasets.Timestamp
			if zone != nil {
				c.Zone = zone.String()
			}
		}
		return c
	})
	about, err := t.about(cols)
	if err != nil {
		return err
	}
	t.w, err = datasets.Create(t.path, cols, datasets.WriterOptions{Metadata: about, Constants: partitions(t.keys, cols), To: t.to, Delay: t.delay})
	return err
}

// rows are those written so far.
func (t *timedTable) rows() int {
	if t.w == nil {
		return 0
	}
	return t.w.Rows()
}

// abort takes back what was begun after a failure, which is returned.
func (t *timedTable) abort(err error) error {
	if t.w == nil {
		return err
	}
	return errors.Join(err, t.w.Abort())
}
