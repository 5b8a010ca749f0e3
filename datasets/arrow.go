package datasets

import (
	"bytes"

	"github.com/wavekin/wavekin/datasets/internal/ipc"
)

// maxArrowFields bounds the columns of a table.
const maxArrowFields = 1 << 16

func isArrowFile(head []byte) bool { return bytes.HasPrefix(head, ipc.Magic) }

// isArrowStream: the marker of a message, and a length that is not absurd.
func isArrowStream(head []byte) bool {
	return len(head) >= 8 && bytes.HasPrefix(head, []byte{0xff, 0xff, 0xff, 0xff}) && head[7] < 0x80
}

// openArrow reads an Arrow IPC file by its footer.
func openArrow(src *source, o *Options) (Reader, error) {
	at, size, err := src.anywhere(o.memory())
	if err != nil {
		return nil, err
	}
	r, err := ipc.OpenFile(at, size, ipc.Options{Memory: o.memory()})
	if err != nil {
		return nil, err
	}
	return newTableReader(newColumnTable(src, r), src, o)
}

// openArrowStream reads an Arrow IPC stream message by message, also out of a pipe.
func openArrowStream(src *source, o *Options) (Reader, error) {
	r, err := ipc.OpenStream(src.r, src.plain, src.size, ipc.Options{Memory: o.memory()})
	if err != nil {
		return nil, err
	}
	return newTableReader(newColumnTable(src, r), src, o)
}
