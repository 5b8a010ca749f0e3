package datasets

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/series"
)

// isGapCell tells whether a cell of a text file stands for nothing measured.
func isGapCell(s string) bool {
	switch s {
	case "", "?", "NaN", "nan", "NAN", "null", "NULL", "NA":
		return true
	}
	return false
}

// parseNumber reads a cell; gaps become NaN.
func parseNumber(s string) (float32, error) {
	s = strings.TrimSpace(s)
	if isGapCell(s) {
		return series.Gap, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is not a number", quoted(s))
	}
	return narrow(v)
}

// narrow makes a float32 of what fits one; NaN stays NaN.
func narrow(v float64) (float32, error) {
	if f := float32(v); !math.IsInf(float64(f), 0) {
		return f, nil
	}
	return 0, fmt.Errorf("%v is not a finite 32-bit number", v)
}
