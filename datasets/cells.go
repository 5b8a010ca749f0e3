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
func parseNumber(s string) (float64, error) {
	s = strings.TrimSpace(s)
	if isGapCell(s) {
		return series.Gap, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is not a number", quoted(s))
	}
	return inRange(v)
}

// inRange refuses infinities and numbers beyond the range of float32, whose squares would leave that of float64; NaN stays NaN.
func inRange(v float64) (float64, error) {
	if math.Abs(v) > math.MaxFloat32 {
		return 0, fmt.Errorf("%v is not a number between -3.4e38 and 3.4e38", v)
	}
	return v, nil
}
