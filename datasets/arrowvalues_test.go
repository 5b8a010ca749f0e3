package datasets

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// The range of all values at once is that of each alone, up to NaN, which is let pass alone.
func TestAnyBeyond(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := []float64{0, math.Copysign(0, -1), math.MaxFloat32, -math.MaxFloat32, math.Nextafter(math.MaxFloat32, math.Inf(1)), 3.4028235e38, 0x1.fffffefffffffp127, 0x1.ffffffp127, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64}
	for range 10000 {
		x = append(x, math.Float64frombits(rng.Uint64()))
	}
	for i, v := range x {
		_, err := inRange(v)
		if got := anyBeyond([]float64{1, v, -2}); got != (err != nil || v != v) {
			t.Errorf("value %d, %v: %v", i, v, got)
		}
	}
	if anyBeyond(nil) {
		t.Error("none is beyond")
	}
}

// Stamps of a column are those of its values one by one.
func TestUnitStamps(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, unit := range []arrow.TimeUnit{arrow.Second, arrow.Millisecond, arrow.Microsecond, arrow.Nanosecond} {
		per := int64(unit.Multiplier())
		values := []arrow.Timestamp{0, 1, -1, arrow.Timestamp(math.MaxInt64 / per), arrow.Timestamp(-(math.MaxInt64 / per))}
		for range 1000 {
			values = append(values, arrow.Timestamp(rng.Int64N(math.MaxInt64/per)-math.MaxInt64/per/2))
		}
		b := array.NewTimestampBuilder(memory.DefaultAllocator, &arrow.TimestampType{Unit: unit})
		column := func(v ...arrow.Timestamp) arrow.Array {
			b.AppendValues(v, nil)
			return b.NewArray()
		}
		a := column(values...)
		got, _, err := arrowTimes(&stamps{}, a)
		if err != nil {
			t.Fatal(err)
		}
		for i := range values {
			if want, err := arrowTime(&stamps{}, a, i); err != nil || got[i] != want {
				t.Fatalf("%v %d: %d, want %d, %v", unit, values[i], got[i], want, err)
			}
		}
		for _, over := range []int64{math.MaxInt64/per + 1, -(math.MaxInt64 / per) - 1, math.MaxInt64, math.MinInt64} {
			a := column(5, arrow.Timestamp(over))
			if _, one := arrowTime(&stamps{}, a, 1); per > 1 && one != nil {
				if _, at, err := arrowTimes(&stamps{}, a); err == nil || at != 1 {
					t.Errorf("%v %d is read, as %v", unit, over, err)
				}
			}
		}
	}
}
