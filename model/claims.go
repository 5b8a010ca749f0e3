package model

import (
	"fmt"

	"github.com/wavekin/wavekin/internal/tensorfile"
)

// checkSize refuses settings that ask for much more memory than the file has values. It returns how many there are, to which
// the weights of the network are limited.
func (m *Model) checkSize(ts []tensorfile.Tensor) (values int, err error) {
	for _, t := range ts {
		values += len(t.Data)
	}
	if w := m.Settings.Window; m.Settings.Image == nil && (w < 1 || w > 1<<26) {
		return 0, fmt.Errorf("window of %d time stamps", w)
	}
	if m.Settings.Image == nil && m.Settings.Stride < 1 {
		return 0, fmt.Errorf("stride of %d time stamps", m.Settings.Stride)
	}
	if k := len(m.Settings.Classes); k > values {
		return 0, fmt.Errorf("%d classes in a model of %d values", k, values)
	}
	return values, nil
}
