package model

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
)

// Hash is a SHA-256, in hexadecimal, of what decides an encoding: the settings of the input and of the network, and the
// weights. What was made with a model, such as a reference of normal data, can tell by it whether a model is the same.
func (m *Model) Hash() string {
	sum := sha256.New()
	w := bufio.NewWriter(sum)
	s := m.Settings
	for _, part := range []any{s.Encoder, s.EncoderSettings, s.Channels, s.ChannelNames, s.Image, s.Normalizer} {
		text, err := json.Marshal(part)
		if err != nil {
			text = []byte(err.Error()) // settings that cannot be written cannot be saved either
		}
		_, _ = w.Write(append(text, '\n')) // a hash takes all
	}
	var b []byte
	for _, p := range m.weights.All() {
		b = append(b[:0], p.Name...)
		for _, v := range p.Data {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		_, _ = w.Write(b)
	}
	_ = w.Flush()
	return hex.EncodeToString(sum.Sum(nil))
}
