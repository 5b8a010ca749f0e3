package suite

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc64"
	"math"
	"slices"

	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// Names of the rows without training.
const (
	// Untrained is the encoder as training would begin with it.
	Untrained = "untrained"
	// Raw is the standardised values themselves, in place of an encoding.
	Raw = "raw"
	// RawWindow is Raw with every window standardised by itself: level and size are gone.
	RawWindow = "raw-window"
	// Fused is detect.Fused: comparisons of the readings themselves, calibrated and put together, without any training.
	Fused = "fused"
	// Variance is that of the 96 time stamps around each, channel by channel.
	Variance = "variance"
	// Subspace is Sub-PCA: the length of windows of 64 along the principal components of normal ones, channel by channel.
	Subspace = "sub-pca"
	// Amplitude is that part of Fused alone.
	Amplitude = "amplitude"
)

// Run is what makes a row: two rows with equal runs have equal results, but for
// the time they took and, with a budget in seconds, the number of steps.
type Run struct {
	Suite string `json:"suite"`
	Set   string `json:"set"`
	// Data is a checksum of the set's values and labels.
	Data string `json:"data"`
	// Method is the name of a way of learning, or one of the constants of this package.
	Method         string          `json:"method"`
	MethodSettings json.RawMessage `json:"method_settings,omitempty"`
	// Encoder is the name of an architecture, empty for raw values.
	Encoder         string          `json:"encoder,omitempty"`
	EncoderSettings json.RawMessage `json:"encoder_settings,omitempty"`
	// EncoderFile is the SHA-256 of the file of weights that the encoder begins with, where it names one.
	EncoderFile string `json:"encoder_file,omitempty"`
	Seed        uint64 `json:"seed"`
	// Recipe is how the encoder was trained, every setting of it; of an untrained one what its network and its input depend on.
	Recipe   train.Settings `json:"recipe,omitzero"`
	Settings Settings       `json:"settings"`
}

// Settings are the numbers of a suite that matter for a row.
type Settings struct {
	// Seconds is the budget of training, in place of a number of steps in the recipe.
	Seconds float64 `json:"seconds,omitempty"`
	// Normalize is what raw values are standardised by.
	Normalize string `json:"normalize,omitempty"`
	// Size and Space are those of images.
	Size  int    `json:"size,omitempty"`
	Space string `json:"space,omitempty"`
	// Tau is that of [Images] where it is not 0.07.
	Tau float64 `json:"tau,omitempty"`
	// Window, Stride, Part, K, Metric and Buffer are those of [Anomaly], with defaults resolved.
	Window int     `json:"window,omitempty"`
	Stride int     `json:"stride,omitempty"`
	Part   float64 `json:"part,omitempty"`
	K      int     `json:"k,omitempty"`
	Metric string  `json:"metric,omitempty"`
	Buffer int     `json:"buffer,omitempty"`
}

// Row is the result of a run.
type Row struct {
	Run
	// Steps is how many steps were taken: with this many and no budget in seconds the run repeats exactly.
	Steps int `json:"steps,omitempty"`
	// TrainSeconds is the time spent on learning, Seconds all of it.
	TrainSeconds float64 `json:"train_seconds,omitempty"`
	Seconds      float64 `json:"seconds"`
	// Loss and Diagnosis are those of the training's summary.
	Loss      float64  `json:"loss,omitempty"`
	Diagnosis []string `json:"diagnosis,omitempty"`

	*Classified
	*Ranked
	// Prediction is what [Anomaly] measures of the errors of prediction of a trained model that keeps its predictors; nil of others.
	Prediction *Ranked `json:"prediction,omitempty"`
}

// Classified is what [Classify] and [Images] measure.
type Classified struct {
	// Accuracy is that of the nearest neighbour (on encodings: cosine, columns
	// standardised), or of the weighted vote of many for images; Linear that of the linear probe and Ridge
	// that of the ridge probe, which raw values have not, nor images the latter.
	Accuracy float64  `json:"accuracy"`
	Linear   *float64 `json:"linear_accuracy,omitempty"`
	Ridge    *float64 `json:"ridge_accuracy,omitempty"`
	// Train and Test count series or images, Classes the classes of both.
	Train   int `json:"train"`
	Test    int `json:"test"`
	Classes int `json:"classes"`
}

// Ranked is what [Anomaly] measures, over every time stamp of the series.
type Ranked struct {
	VUSPR            float64 `json:"vus_pr"`
	VUSROC           float64 `json:"vus_roc"`
	AveragePrecision float64 `json:"average_precision"`
	ROCAUC           float64 `json:"roc_auc"`
	// Points counts the time stamps, Anomalous those labelled.
	Points    int `json:"points"`
	Anomalous int `json:"anomalous"`
}

// key tells runs apart.
func (r Run) key() (string, error) {
	text, err := json.Marshal(r)
	return string(text), err
}

// settingsOf returns the settings of a method or an encoder, nil where all are defaults.
func settingsOf(v any) (json.RawMessage, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("settings of %T: %w", v, err)
	}
	if string(text) == "{}" {
		return nil, nil
	}
	return text, nil
}

// checksum is over all values and labels.
func checksum(parts ...[]*series.Series) string {
	h := crc64.New(crc64.MakeTable(crc64.ECMA))
	var buf []byte
	for _, part := range parts {
		for _, s := range part {
			buf = append(append(buf[:0], s.Label...), 0)
			for _, v := range slices.Concat(s.Values, [][]float64{s.PointLabels}) {
				for _, x := range v {
					buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(x))
				}
				buf = append(buf, 1)
			}
			h.Write(buf)
		}
		h.Write([]byte{2})
	}
	return fmt.Sprintf("%016x", h.Sum64())
}
