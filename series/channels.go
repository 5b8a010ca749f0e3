package series

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/internal/plural"
)

// ChannelError says that a series does not have the channels that are asked for.
type ChannelError struct {
	// Series is the ID of the series.
	Series string
	// Missing are the channels that were not found, or were found more than once; it is empty where only their number is known.
	Missing []string
	// Have and Want are the channels that there are, and those that are asked for; they may be nil.
	Have, Want []string
	// HaveCount and WantCount are their numbers.
	HaveCount, WantCount int
}

// Error names the channels that are missing, or both numbers.
func (e *ChannelError) Error() string {
	if len(e.Missing) == 0 {
		return fmt.Sprintf("series %q has %s, want %s", e.Series, counted(e.HaveCount, e.Have), counted(e.WantCount, e.Want))
	}
	return fmt.Sprintf("series %q has no channel %s among %s", e.Series, listed(e.Missing), listed(e.Have))
}

// counted is a number of channels with their names.
func counted(n int, names []string) string {
	text := plural.Of(n, "channel")
	if len(names) > 0 {
		text += " (" + listed(names) + ")"
	}
	return text
}

// listed names things in a line; many of them by the first ones and their number.
func listed(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s, ... (%d)", strings.Join(names[:most-1], ", "), len(names))
	}
	return strings.Join(names, ", ")
}

// Pick returns the series with the channels of these names, in this order: others are left out, and the values are shared. A
// series with exactly these channels is returned itself. Where the names of either side are not known, or both have one
// channel, the numbers must agree and the order is taken as it is. Errors are of type [*ChannelError].
func (s *Series) Pick(names []string) (*Series, error) {
	order, err := s.Order(names)
	if order == nil || err != nil {
		return s, err
	}
	out := *s
	out.Channels, out.Values = names, make([][]float64, len(order))
	for i, c := range order {
		out.Values[i] = s.Values[c]
	}
	return &out, nil
}

// Order is the place among the channels of s of each that [Series.Pick] takes, or nil where that returns s itself.
func (s *Series) Order(names []string) ([]int, error) {
	return pickChannels(s.ID, s.Channels, len(s.Values), names)
}

// Pick returns the window with the channels of these names, as [Series.Pick] does.
func (w *Window) Pick(names []string) (*Window, error) {
	order, err := pickChannels(w.Series, w.Channels, len(w.Values), names)
	if order == nil || err != nil {
		return w, err
	}
	out := *w
	out.Channels, out.Values = names, make([][]float64, len(order))
	for i, c := range order {
		out.Values[i] = w.Values[c]
	}
	return &out, nil
}

// pickChannels finds the place of each wanted channel among n; nil means that all are to be taken as they are.
func pickChannels(series string, have []string, n int, want []string) ([]int, error) {
	if len(want) == 0 || len(want) == n && slices.Equal(have, want) {
		return nil, nil
	}
	if len(have) != n || n == 1 && len(want) == 1 {
		if n != len(want) {
			return nil, &ChannelError{Series: series, Have: have, Want: want, HaveCount: n, WantCount: len(want)}
		}
		return nil, nil
	}
	order := make([]int, len(want))
	var missing []string
	for i, name := range want {
		if order[i] = slices.Index(have, name); order[i] < 0 || slices.Contains(have[order[i]+1:], name) {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return nil, &ChannelError{Series: series, Missing: missing, Have: have, Want: want, HaveCount: n, WantCount: len(want)}
	}
	return order, nil
}
