package cli

import (
	"cmp"
	"encoding/json"
	"errors"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
)

// The units of columns of encodings and scores.
var units = map[string]string{
	"start": "time stamps from the start of the series", "end": "time stamps from the start of the series", "nearest_start": "time stamps from the start of the series",
	"p_value": "probability, 0 to 1", "measured": "share, 0 to 1", "embedding": "none",
}

// metadata are what an Arrow or Parquet table says of how it was made: the program, the command, the model's hash and settings,
// the settings of the command, and the units of those of the columns that have one. score is the unit of scores, "" where there
// are none.
func (e *env) metadata(m *model.Model, settings any, score string, cols []datasets.Column) (map[string]string, error) {
	out := map[string]string{"wavekin.version": version(), "wavekin.command": e.command}
	of := map[string]string{}
	for _, c := range cols {
		switch unit := units[c.Name]; {
		case c.Name == "score":
			of[c.Name] = score
		case c.Type == datasets.Timestamp:
			of[c.Name] = "nanoseconds since 1970 UTC"
		case unit != "":
			of[c.Name] = unit
		}
	}
	parts := map[string]any{"wavekin.settings": settings, "wavekin.units": of}
	if m != nil {
		out["wavekin.model"] = m.Hash()
		parts["wavekin.model_settings"] = m.Settings
	}
	var errs []error
	for key, v := range parts {
		text, err := json.Marshal(v)
		out[key], errs = string(text), append(errs, err)
	}
	return out, errors.Join(errs...)
}

// embedSettings are those of `wavekin embed`, in time stamps.
type embedSettings struct {
	Window int `json:"window,omitempty"`
	Stride int `json:"stride,omitempty"`
	// Precision is that of the operands, where it is not float32.
	Precision string `json:"precision,omitempty"`
	// From is where the encodings were read, where it is not behind the encoder.
	From string `json:"from,omitempty"`
}

// about is the metadata of a table of encodings.
func (c *embedCmd) about(e *env, m *model.Model, cols []datasets.Column) (map[string]string, error) {
	s := embedSettings{Window: m.Settings.Window, Stride: cmp.Or(c.Stride, m.Settings.Stride)}
	if m.Settings.Image != nil {
		s = embedSettings{}
	}
	if c.Precision != nn.Float32.String() {
		s.Precision = c.Precision
	}
	if c.From != "backbone" {
		s.From = c.From
	}
	return e.metadata(m, s, "", cols)
}

// fusedSettings are those of scores of combined comparisons.
type fusedSettings struct {
	Window int  `json:"window"`
	Fused  bool `json:"fused"`
}

// distance is the unit of scores.
func distance(c detect.Config) string {
	if c.Score == detect.Prediction {
		return "nats: -log of the probability of the newest step among normal ones"
	}
	return "distance, " + c.Metric.String()
}
