//go:build !noasm

package kernel

// machineISAs needs to ask nothing: NEON with fused multiply-add is part of every arm64 (ARMv8.0).
func machineISAs() []isa { return []isa{isaGo, isaNEON} }
