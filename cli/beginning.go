package cli

import (
	"bytes"
	"fmt"
	"io"

	"github.com/wavekin/wavekin/datasets"
)

// mostReplayed bounds the bytes of standard input that are kept to be read again.
const mostReplayed = 256 << 20

// beginning is standard input whose beginning is read twice: to choose the built-in encoder, and to work on it.
type beginning struct {
	from io.Reader
	kept []byte
}

// Read reads on, and keeps what comes.
func (b *beginning) Read(p []byte) (int, error) {
	if len(b.kept) >= mostReplayed {
		return 0, &datasets.Error{File: datasets.Stdin, Offset: mostReplayed,
			Err: fmt.Errorf("the built-in encoder looks at the beginning, and %d MB did not show enough of it; give --window, --model FILE, or the data as a file", mostReplayed>>20)}
	}
	n, err := b.from.Read(p[:min(len(p), mostReplayed-len(b.kept))])
	b.kept = append(b.kept, p[:n]...)
	return n, err
}

// again gives standard input from its first byte on.
func (b *beginning) again() io.Reader {
	kept := b.kept
	b.kept = nil
	return io.MultiReader(bytes.NewReader(kept), b.from)
}
