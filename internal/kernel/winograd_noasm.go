//go:build noasm || !(amd64 || arm64)

package kernel

// hasWinograd is false: the transforms are assembly, and the plain sum takes their place.
func hasWinograd() bool { return false }

func (t *transform) run(transformKind) { panic("kernel: no transforms in this build") }
