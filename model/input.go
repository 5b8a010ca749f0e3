package model

import "fmt"

// InputError says that series or images cannot be learnt from, or encoded, as they are.
type InputError struct {
	// Err says what was found and what was expected.
	Err error
}

// Error names the series or image and what is wrong with it.
func (e *InputError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

func inputError(format string, args ...any) error { return &InputError{fmt.Errorf(format, args...)} }

// firstOf is the first error there is.
func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
