package cli

import (
	"errors"
	"strconv"

	"github.com/wavekin/wavekin/model"
)

// layerFlag says where encodings are read.
type layerFlag struct {
	From string `help:"Where encodings are read: backbone, behind the encoder; head, behind the projector of its method; or a number, behind so many of the projector's layers." placeholder:"backbone|head|K" default:"backbone"`
}

// set chooses the layer of a model.
func (f layerFlag) set(m *model.Model) error {
	n := 0
	switch f.From {
	case "backbone", "":
	case "head":
		if n = m.Layers(); n == 0 {
			return usageError{errNoProjector}
		}
	default:
		var err error
		if n, err = strconv.Atoi(f.From); err != nil || n < 0 {
			return usagef("--from is %q, want backbone, head or a number of layers", f.From)
		}
	}
	if err := m.SetLayer(n); err != nil {
		return usagef("--from %s: %w", f.From, err)
	}
	return nil
}

var errNoProjector = errors.New("--from head: the model has no projector; methods without one, models of older versions, the built-in encoder and projectors of more than four million weights keep none")
