//go:build !race

package kernel

// raceEnabled tells whether the tests run under the race detector.
const raceEnabled = false
