package dialect

import (
	"fmt"
	"math"
	"strings"
)

var (
	normalWords = wordSet("normal", "norm", "ok", "okay", "good", "healthy", "benign", "no", "false", "none", "0", "negative", "neg",
		"regular", "nominal", "inlier", "background", "n", "no anomaly", "no attack", "no fault", "off")
	anomalyWords = wordSet("anomaly", "anomalous", "abnormal", "attack", "a ttack", "outlier", "fault", "faulty", "failure", "yes", "true",
		"1", "positive", "pos", "event", "bad", "defect", "defective", "alarm", "error", "broken", "on", "a")
)

func wordSet(words ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		m[w] = true
	}
	return m
}

// Labels reads words that tell normal rows from others: 0 is normal, 1 is not.
type Labels struct {
	// Normal is the word of normal rows if the user says it; else it is found.
	Normal string

	decided bool
	normal  map[string]bool // in lower case
}

// Decide finds the normal word among those of the first rows; false where none of them is known.
func (l *Labels) Decide(words []string) bool {
	l.decided, l.normal = true, map[string]bool{}
	if l.Normal != "" {
		l.normal[strings.ToLower(l.Normal)] = true
		return true
	}
	var others []string
	known := false
	for _, w := range words {
		switch w = strings.ToLower(strings.TrimSpace(w)); {
		case normalWords[w]:
			l.normal[w] = true
		case anomalyWords[w]:
			known = true
		default:
			others = append(others, w)
		}
	}
	if len(l.normal) > 0 {
		return true
	}
	// Of two words of which one is an anomaly the other is normal; it may be the empty one.
	if known && len(others) == 1 {
		l.normal[others[0]] = true
	}
	return known && len(others) <= 1
}

// Value is 0 for the normal word and 1 for others; without a label it is NaN.
func (l *Labels) Value(word string) float64 {
	word = strings.ToLower(strings.TrimSpace(word))
	switch {
	case l.normal[word] || l.Normal == "" && normalWords[word]:
		return 0
	case word == "":
		return math.NaN()
	}
	return 1
}

// String says which word is normal.
func (l *Labels) String() string {
	var words []string
	for w := range l.normal {
		words = append(words, Quote(w))
	}
	if len(words) != 1 {
		return "label words as 0 (normal) and 1"
	}
	return fmt.Sprintf("label %s as 0, others as 1", words[0])
}
