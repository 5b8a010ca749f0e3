package train

import (
	"fmt"

	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// InputError says that series or images cannot be learnt from as they are.
type InputError = model.InputError

func inputError(format string, args ...any) error {
	return &InputError{Err: fmt.Errorf(format, args...)}
}

// checkVaries refuses series in which nothing ever changes: there is nothing to learn from them.
func checkVaries(all []*series.Series) error {
	measured := 0
	for c := range all[0].NumChannels() {
		lo, hi, n := series.Extent(all, c)
		if lo < hi {
			return nil
		}
		measured += n
	}
	if measured == 0 {
		return inputError("the series hold gaps only, no value")
	}
	return inputError("no channel ever changes its value; there is nothing to learn")
}

// firstOf is the first error there is.
func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
