//go:build !race

package nn

// raceEnabled tells whether the tests run under the race detector.
const raceEnabled = false
