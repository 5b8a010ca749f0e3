//go:build amd64 && !linux && !noasm

package kernel

// permitTiles is false where it is not known how to ask for the tile registers.
func permitTiles() bool { return false }
