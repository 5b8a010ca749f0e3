package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"math"
)

// Hash tells models apart by their settings and weights: the first eight bytes of a SHA-256, in hexadecimal. What was made with a
// model, such as a reference of normal data or a checkpoint of fine-tuning, knows by it whether a model is the same.
func (m *Model) Hash() string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(m.Settings); err != nil {
		return "" // settings that cannot be written cannot have been loaded
	}
	for _, p := range m.weights.All() {
		fmt.Fprintln(h, p.Name, p.Shape)
		addFloats(h, p.Data)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// addFloats hashes the bits of values; a hash takes all that it is given.
func addFloats(h hash.Hash, values []float32) {
	b := make([]byte, 0, 4096)
	for _, v := range values {
		if len(b) == cap(b) {
			_, _ = h.Write(b)
			b = b[:0]
		}
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	_, _ = h.Write(b)
}
