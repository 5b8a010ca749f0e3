package methods

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Schedule is a number that changes while a method learns. The zero value is no schedule: each
// method says what it means by it.
type Schedule struct {
	// From is the value at the start and To that at the end.
	From float64 `json:"from" toml:"from"`
	To   float64 `json:"to" toml:"to"`
	// Shape is how it goes from one to the other: "cosine" (the default), half a period; "linear"; "constant",
	// which stays at From; or "steps", which drops from From where Drops says.
	Shape string `json:"shape,omitempty" toml:"shape"`
	// Drops are shares of the steps and what From is multiplied by from there on, in their order: "0.6:0.1 0.8:0.01".
	Drops string `json:"drops,omitempty" toml:"drops"`
	// Warmup is the share of the steps in which it rises linearly from WarmFrom to From, before the shape begins.
	Warmup   float64 `json:"warmup,omitempty" toml:"warmup"`
	WarmFrom float64 `json:"warm_from,omitempty" toml:"warm_from"`
	// WarmAt is where in a step of the warm-up the value is taken: "end" (the default), so that the first step is above WarmFrom;
	// "start", so that it is WarmFrom, as in SimCLR and MoCo v3; or "ends", so that the first is WarmFrom and the last From, as in SwAV and DINO.
	WarmAt string `json:"warm_at,omitempty" toml:"warm_at"`
}

// Constant is a schedule that stays at v.
func Constant(v float64) Schedule { return Schedule{From: v, To: v, Shape: "constant"} }

// Cosine goes from one value to the other along half a cosine, slow at both ends.
func Cosine(from, to float64) Schedule { return Schedule{From: from, To: to} }

// At is the value at a step, from 0, of total.
func (s Schedule) At(step, total int) float64 {
	rise := s.Warmup * float64(total)
	if at, to := s.risen(float64(step), rise); at < to {
		return s.WarmFrom + (s.From-s.WarmFrom)*at/to
	}
	done := (float64(step) - rise) / math.Max(1, float64(total)-rise)
	done = math.Min(1, math.Max(0, done))
	switch s.Shape {
	case "constant":
		return s.From
	case "steps":
		return s.From * s.dropped(float64(step)/math.Max(1, float64(total)))
	case "linear":
		return s.From + (s.To-s.From)*done
	}
	return s.To + (s.From-s.To)*0.5*(1+math.Cos(math.Pi*done))
}

// risen is how far the warm-up has come at a step, and how far it goes.
func (s Schedule) risen(step, rise float64) (at, to float64) {
	switch s.WarmAt {
	case "start":
		return step, rise
	case "ends":
		return step, rise - 1
	}
	return step + 1, rise
}

// Bounds are the least and the greatest value that it takes.
func (s Schedule) Bounds() (least, greatest float64) {
	values := []float64{s.From}
	switch s.Shape {
	case "constant":
	case "steps":
		for rest := s.Drops; rest != ""; {
			_, factor, more, ok := nextDrop(rest)
			if !ok {
				break
			}
			values, rest = append(values, s.From*factor), more
		}
	default:
		values = append(values, s.To)
	}
	if s.Warmup > 0 {
		values = append(values, s.WarmFrom)
	}
	return slices.Min(values), slices.Max(values)
}

// dropped is the factor that counts at a share of the steps.
func (s Schedule) dropped(share float64) float64 {
	factor := 1.0
	for rest := s.Drops; rest != ""; {
		at, to, more, ok := nextDrop(rest)
		if !ok || share < at {
			break
		}
		factor, rest = to, more
	}
	return factor
}

// nextDrop reads the first of some drops.
func nextDrop(text string) (share, factor float64, rest string, ok bool) {
	one, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	at, to, _ := strings.Cut(one, ":")
	share, err := strconv.ParseFloat(at, 64)
	factor, err2 := strconv.ParseFloat(to, 64)
	return share, factor, rest, err == nil && err2 == nil
}

// checkDrops reports drops that cannot be read or do not follow each other.
func (s Schedule) checkDrops() error {
	if (s.Shape == "steps") != (s.Drops != "") {
		return fmt.Errorf("schedule of shape %q with drops %q: the shape steps needs drops, and no other has them", s.Shape, s.Drops)
	}
	last := 0.0
	for rest := s.Drops; rest != ""; {
		share, factor, more, ok := nextDrop(rest)
		if !ok || !(share > last) || !(share < 1) || !(factor >= 0) || math.IsInf(factor, 0) {
			return fmt.Errorf("schedule's drops are %q, want shares of the steps, each above the last, and factors, as in \"0.6:0.1 0.8:0.01\"", s.Drops)
		}
		last, rest = share, more
	}
	return nil
}

// Check reports a shape that does not exist and values that are no numbers.
func (s Schedule) Check() error {
	switch s.Shape {
	case "", "cosine", "linear", "constant", "steps":
	default:
		return fmt.Errorf("schedule's shape is %q, want cosine, linear, constant or steps", s.Shape)
	}
	switch s.WarmAt {
	case "", "end", "start", "ends":
	default:
		return fmt.Errorf("schedule's warm-up is taken at the %q of a step, want end, start or ends", s.WarmAt)
	}
	if err := s.checkDrops(); err != nil {
		return err
	}
	for _, v := range []float64{s.From, s.To, s.Warmup, s.WarmFrom} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("schedule from %g to %g with warm-up %g from %g: want finite numbers", s.From, s.To, s.Warmup, s.WarmFrom)
		}
	}
	if s.Warmup < 0 || s.Warmup >= 1 {
		return fmt.Errorf("schedule's warm-up is %g of the steps, want 0 to below 1", s.Warmup)
	}
	return nil
}
