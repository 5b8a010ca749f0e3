// Package settings tells what a configuration struct can be set to: each field's name, kind and
// documentation, read from the struct itself and from the comments in its source, which its package
// embeds. So what `wavekin list` prints and what the Go documentation says are the same text.
package settings
