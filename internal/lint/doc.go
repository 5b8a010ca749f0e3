// Package lint holds a test that keeps the code within its design: which package
// may import which, which foreign libraries have which single door, and which of
// Gorgonia's operations are known to be wrong. It has no code of its own.
package lint
