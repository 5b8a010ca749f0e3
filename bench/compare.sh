#!/usr/bin/env bash
# compare.sh: runs the benchmarks of the main kernels and steps on one thread, and compares them with a stored run by
# benchstat. bench/compare.sh [STORED] compares with bench/results/STORED.txt, avx512 by default; bench/compare.sh --store NAME
# stores a new run. Nothing else should be running.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0
new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk -v n="$(nproc)" '{ if ($1 > n/2) print "compare.sh: the machine is busy (load " $1 "); the figures will be too high" > "/dev/stderr" }' /proc/loadavg
run() { go test -run '^$' -count 6 -benchtime 50ms -timeout 20m -bench "$1" "$2" | tee -a "$new"; }
run 'Gemm/^(512,512,512|64,4096,192)$/^avx/^1$' ./internal/kernel
run 'Conv/^(64x64,d1|320x320,d1)$/./^avx/^1$' ./internal/kernel
run 'Vector/^(Exp|GELU|Softmax128|LayerNorm128|AdamW)$' ./internal/kernel
run 'Step' ./methods
if [ "${1:-}" = --store ]; then
	cp "$new" "bench/results/${2:?a name for the run}.txt"
else
	go run golang.org/x/perf/cmd/benchstat@latest "bench/results/${1:-avx512}.txt" "$new"
fi
