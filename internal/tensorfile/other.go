package tensorfile

import (
	"bytes"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"
)

// OtherError says that a file is no safetensors file.
type OtherError struct {
	// Kind is what it is instead, such as "a text file".
	Kind string
	// Want is what was to be read.
	Want string
}

// Error says what the file is, and what it should be.
func (e *OtherError) Error() string { return e.Kind + ", not " + e.Want }

// Wanted says in an error of [Read] what was to be read, where the file is of another kind.
func Wanted(err error, want string) error {
	var other *OtherError
	if errors.As(err, &other) {
		other.Want = want
	}
	return err
}

// lookedAt is how many bytes of another file are looked at to say what it is.
const lookedAt = 512

// leads are the first bytes of files that are given by mistake.
var leads = []struct{ lead, kind string }{
	{"ARROW1", "an Arrow file"}, {"\xff\xff\xff\xff", "an Arrow stream"}, {"PAR1", "a Parquet file"}, {"\x93NUMPY", "a NumPy array"},
	{"PK\x03\x04", "a zip archive"}, {"\x1f\x8b", "a gzip file"}, {"\x28\xb5\x2f\xfd", "a zstd file"}, {"\x89HDF", "an HDF5 file"},
	{"\x89PNG", "a picture"}, {"\xff\xd8\xff", "a picture"},
}

// other is the error for a file that begins with these bytes and does not go on as safetensors.
func other(lead []byte, rest io.Reader) error {
	more, err := io.ReadAll(io.LimitReader(rest, lookedAt))
	if err != nil {
		return &Error{Offset: -1, Err: err}
	}
	return &Error{Offset: -1, Err: &OtherError{Kind: kindOf(append(bytes.Clone(lead), more...)), Want: "a safetensors file"}}
}

// kindOf tells by its beginning what a file is.
func kindOf(head []byte) string {
	for _, l := range leads {
		if bytes.HasPrefix(head, []byte(l.lead)) {
			return l.kind
		}
	}
	switch {
	case len(head) == 0:
		return "an empty file"
	case isText(head):
		return "a text file"
	}
	return "a file of another kind, or a damaged one"
}

// isText tells text in UTF-8, whose last character may be cut.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 && utf8.FullRune(head) || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return false
		}
		head = head[n:]
	}
	return true
}
