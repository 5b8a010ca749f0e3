package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/wavekin/wavekin/"

// floors orders the packages from the ground up: a package imports only from
// floors below its own. A folder below a package has its package's floor. A
// package that is not named here fails the test, so that it gets a place.
var floors = map[string]int{
	"internal/kernel":     0,
	"internal/output":     0,
	"internal/plural":     0,
	"internal/reread":     1,
	"internal/tensorfile": 1,
	"internal/report":     1,
	"internal/lint":       0,
	"internal/settings":   0,
	"internal/random":     0,
	"internal/kmeans":     1,
	"internal/subspace":   2,
	"internal/ring":       0,
	"series":              1,
	"raster":              1,
	"augment":             2,
	"datasets":            2,
	"nn":                  2,
	"knn":                 3,
	"manifold":            3,
	"encoders":            3,
	"cpc":                 4,
	"methods":             5,
	"model":               6,
	"train":               7,
	"detect":              7,
	"evaluate":            8,
	"jobs":                9,
	"cli":                 10,
	"cmd":                 11,
	"bench":               11,
	"docs":                12,
	"examples":            11,
	"integrations":        11,
}

// ours lists, for packages that the floors alone would leave too free, the only packages of ours they may import.
var ours = map[string][]string{
	"internal/kernel":     {},
	"internal/output":     {},
	"internal/plural":     {},
	"internal/reread":     {"internal/plural"},
	"internal/tensorfile": {"internal/output"},
	"internal/report":     {"internal/output", "internal/plural"},
	"internal/lint":       {},
	"internal/settings":   {},
	"internal/random":     {},
	"internal/kmeans":     {"internal/kernel"},
	"internal/subspace":   {"series"},
	"internal/ring":       {},
	"series":              {"internal/plural"},
	"raster":              {},
	"augment":             {"series", "raster", "augment", "internal/settings"},
	"datasets":            {"series", "raster", "datasets", "internal/output", "internal/plural", "internal/random", "internal/reread"},
	"nn":                  {"internal/kernel", "internal/random"},
	"manifold":            {"internal/kernel", "internal/random"},
	"encoders":            {"nn", "encoders", "internal/settings", "internal/tensorfile"},
	"cpc":                 {"nn", "internal/kernel"},
}

// doors maps the start of a foreign import path to the only folders or files that may import it.
var doors = map[string][]string{
	"gorgonia.org/":                     {"nn/"},
	"github.com/apache/arrow":           {"datasets/", "jobs/"},
	"github.com/parquet-go":             {"datasets/", "jobs/"},
	"github.com/mjibson/go-dsp":         {"series/spectrum.go"},
	"github.com/olekukonko/tablewriter": {"internal/report/table.go"},
	"gonum.org/v1/plot":                 {"internal/report/"},
	"github.com/cheggaaa/pb":            {"internal/report/"},
	"github.com/alecthomas/kong":        {"cli/"},
	"google.golang.org/protobuf":        {"model/onnx/"},
	"C":                                 {},
}

// wrongOperations are Gorgonia's that have a wrong gradient, no gradient, or side
// effects on every step; nn has its own in their place.
var wrongOperations = map[string]string{
	"InverseSqrt":         "wrong gradient",
	"AveragePool2D":       "wrong gradient",
	"GlobalAveragePool2D": "no gradient",
	"Dropout":             "wrong gradient, and one mask for all",
	"NewAdamW":            "the weights never move",
	"LogSumExp":           "shape error",
	"BatchNorm":           "every machine resets the running statistics",
	"GroupNorm":           "prints on every step",
}

// seeders may make generators of their own: random numbers of a run come from internal/random, weights are drawn by their
// names, and the embedded ECG's faults are data that stays as it is.
var seeders = []string{"internal/random/", "nn/param.go", "datasets/ecg/", "bench/", "docs/"}

// emptyNames say nothing about what a package holds.
var emptyNames = map[string]bool{"util": true, "utils": true, "common": true, "helper": true, "helpers": true, "misc": true}

// maxFiles is how many files a package may have, tests apart; a reader of those in many has one file for each algorithm, or command, to choose from.
const maxFiles = 25

var many = map[string]bool{"methods": true, "nn": true, "internal/kernel": true, "cli": true}

// maxLines is the length beyond which a file, tests apart, is to be split.
const maxLines = 500

// source is one parsed file; its path is relative to the root, with slashes.
type source struct {
	path  string
	file  *ast.File
	lines int
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// imports returns the paths the file imports, each with the name it has in the file.
func (s source) imports() map[string]string {
	out := map[string]string{}
	for _, i := range s.file.Imports {
		p := strings.Trim(i.Path.Value, `"`)
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		out[p] = name
	}
	return out
}

func TestTheTreeKeepsItsDesign(t *testing.T) {
	files := load(t, "../..")
	if len(files) < 20 {
		t.Fatalf("found only %d files", len(files))
	}
	for _, s := range files {
		for _, fault := range check(s) {
			t.Errorf("%s: %s", s.path, fault)
		}
	}
	for _, fault := range crowded(files) {
		t.Error(fault)
	}
}

// crowded tells which packages have too many files.
func crowded(files []source) (faults []string) {
	count := map[string]int{}
	for _, s := range files {
		if folder := path.Dir(s.path); !s.isTest() && !many[folder] {
			if count[folder]++; count[folder] == maxFiles+1 {
				faults = append(faults, fmt.Sprintf("%s has more than %d files: part of it is a package of its own", folder, maxFiles))
			}
		}
	}
	return faults
}

func TestCrowdedPackagesAreFound(t *testing.T) {
	var files []source
	for _, folder := range []string{"series", "methods"} {
		for i := range maxFiles + 3 {
			files = append(files, source{path: fmt.Sprintf("%s/%d.go", folder, i)}, source{path: fmt.Sprintf("knn/%d_test.go", i)})
		}
	}
	if got := crowded(files); len(got) != 1 || !strings.HasPrefix(got[0], "series has more than 25 files") {
		t.Errorf("%q", got)
	}
}

// TestEveryRuleBites feeds each rule a file that breaks it, and one that does not.
func TestEveryRuleBites(t *testing.T) {
	for _, c := range []struct{ name, path, text, want string }{
		{"upwards", "series/x.go", `package series; import _ "` + module + `nn"`, "upwards or sideways"},
		{"sideways", "datasets/x.go", `package datasets; import _ "` + module + `augment"`, "upwards or sideways"},
		{"cli below", "train/x.go", `package train; import _ "` + module + `cli"`, "upwards or sideways"},
		{"restricted", "augment/x.go", `package augment; import _ "` + module + `internal/kernel"`, "may import of ours"},
		{"internal", "examples/x/main.go", `package main; import _ "` + module + `internal/report"`, "no other module"},
		{"no floor", "attic/x.go", `package attic`, "no floor"},
		{"gorgonia", "encoders/x.go", `package encoders; import _ "gorgonia.org/tensor"`, "gorgonia.org/"},
		{"arrow", "train/x.go", `package train; import _ "github.com/apache/arrow/go/v15/arrow"`, "github.com/apache/arrow"},
		{"go-dsp", "series/periods.go", `package series; import _ "github.com/mjibson/go-dsp/fft"`, "go-dsp"},
		{"tablewriter", "cli/x.go", `package cli; import _ "github.com/olekukonko/tablewriter"`, "tablewriter"},
		{"cgo", "internal/kernel/x.go", `package kernel; import "C"`, `"C"`},
		{"operation", "nn/x.go", `package nn; import G "gorgonia.org/gorgonia"; var _ = G.BatchNorm`, "BatchNorm"},
		{"own seed", "methods/x.go", `package methods; import "math/rand/v2"; var _ = rand.NewPCG(1, 2)`, "internal/random"},
		{"dot import", "nn/x.go", `package nn; import . "gorgonia.org/gorgonia"`, "dot import"},
		{"empty name", "cmd/util/x.go", `package util`, "says nothing"},
		{"too long", "knn/x.go", "package knn" + strings.Repeat("\n", maxLines), "lines"},
		{"good", "nn/x.go", `package nn; import G "gorgonia.org/gorgonia"; import _ "` + module + `internal/kernel"; var _ = G.Grad`, ""},
		{"good", "methods/x.go", `package methods; import _ "` + module + `encoders"`, ""},
		{"count", "cli/x.go", `package cli; var _ = fmt.Sprintf("%d time stamps", n)`, "internal/plural"},
		{"good count", "cli/x.go", `package cli; var _ = fmt.Sprintf("%d series, %d of its", n, k)`, ""},
		{"good", "series/spectrum.go", `package series; import _ "github.com/mjibson/go-dsp/fft"`, ""},
		{"good test", "knn/x_test.go", `package knn` + strings.Repeat("\n", maxLines), ""},
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, c.path, c.text, 0)
		if err != nil {
			t.Fatal(err)
		}
		faults := check(source{c.path, f, strings.Count(c.text, "\n") + 1})
		switch {
		case c.want == "" && len(faults) > 0:
			t.Errorf("%s, %s: %v", c.name, c.path, faults)
		case c.want != "" && !strings.Contains(strings.Join(faults, "\n"), c.want):
			t.Errorf("%s, %s: want a fault about %q, got %v", c.name, c.path, c.want, faults)
		}
	}
}

// load parses every Go file below root.
func load(t *testing.T, root string) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); rel != "." && (strings.HasPrefix(name, ".") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, p, nil, 0)
		if err != nil {
			return err
		}
		out = append(out, source{filepath.ToSlash(rel), f, fset.File(f.Pos()).LineCount()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func check(s source) []string {
	faults := append(checkOwn(s), checkForeign(s)...)
	faults = append(faults, checkOperations(s)...)
	faults = append(faults, checkCounts(s)...)
	faults = append(faults, checkSeeds(s)...)
	if emptyNames[s.file.Name.Name] || emptyNames[path.Base(path.Dir(s.path))] {
		faults = append(faults, "the package's name says nothing about what it holds")
	}
	if s.lines > maxLines && !s.isTest() {
		faults = append(faults, fmt.Sprintf("%d lines, more than %d", s.lines, maxLines))
	}
	return faults
}

// room returns the package of floors that a folder belongs to, or "".
func room(folder string) string {
	for folder != "." && folder != "/" {
		if _, ok := floors[folder]; ok {
			return folder
		}
		folder = path.Dir(folder)
	}
	return ""
}

// checkOwn holds a file to the floors. A test may look further, since it makes no
// dependency for who imports the package.
func checkOwn(s source) []string {
	here := room(path.Dir(s.path))
	if here == "" {
		// The root package holds examples only.
		if path.Dir(s.path) == "." {
			return nil
		}
		return []string{"the package has no floor: give it one in internal/lint"}
	}
	if s.isTest() {
		return nil
	}
	var faults []string
	for p := range s.imports() {
		folder, own := strings.CutPrefix(p, module)
		if !own {
			continue
		}
		there := room(folder)
		if there != here && (there == "" || floors[there] >= floors[here]) {
			faults = append(faults, here+" imports "+folder+", which is upwards or sideways")
			continue
		}
		if here == "examples" && strings.HasPrefix(folder, "internal/") {
			faults = append(faults, "examples imports "+folder+", which no other module can")
		}
		allowed, limited := ours[here]
		if limited && !slices.Contains(allowed, there) {
			faults = append(faults, here+" imports "+folder+"; all it may import of ours: "+strings.Join(allowed, " "))
		}
	}
	return faults
}

func checkForeign(s source) []string {
	var faults []string
	for p := range s.imports() {
		for library, allowed := range doors {
			if p != library && (library == "C" || !strings.HasPrefix(p, library)) {
				continue
			}
			open := false
			for _, a := range allowed {
				open = open || s.path == a || strings.HasSuffix(a, "/") && strings.HasPrefix(s.path, a)
			}
			if !open && !s.isTest() {
				faults = append(faults, `imports "`+library+`", whose only door is `+strings.Join(allowed, " "))
			}
		}
	}
	return faults
}

// checkSeeds refuses generators that are not seeded by a stream's name.
func checkSeeds(s source) []string {
	name, ok := s.imports()["math/rand/v2"]
	if !ok || s.isTest() {
		return nil
	}
	if name == "v2" {
		name = "rand"
	}
	for _, a := range seeders {
		if strings.HasPrefix(s.path, a) {
			return nil
		}
	}
	var faults []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && slices.Contains([]string{"NewPCG", "NewChaCha8"}, sel.Sel.Name) {
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == name {
				faults = append(faults, "makes a generator by rand."+sel.Sel.Name+"; internal/random has one for each purpose")
			}
		}
		return true
	})
	return faults
}

// counted finds "%d rows" in a format.
var counted = regexp.MustCompile(`%d (?:normal )?(?:rows|cells|gaps|windows|time stamps|episodes|inputs|outputs|files|channels|classes|samples|steps|parameters|images|verdicts)\b`)

// checkCounts wants counts in what the command prints to be written by internal/plural: there may be one.
func checkCounts(s source) (faults []string) {
	if path.Dir(s.path) != "cli" || s.isTest() {
		return nil
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		for _, m := range counted.FindAllString(lit.Value, -1) {
			faults = append(faults, fmt.Sprintf("%q of 1 would be wrong; write it by internal/plural", m))
		}
		return true
	})
	return faults
}

func checkOperations(s source) []string {
	name, ok := s.imports()["gorgonia.org/gorgonia"]
	if !ok {
		return nil
	}
	if name == "." {
		return []string{"dot import of gorgonia hides which operations are used"}
	}
	var faults []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if reason, wrong := wrongOperations[sel.Sel.Name]; ok && wrong && pkg.Name == name {
			faults = append(faults, "uses gorgonia."+sel.Sel.Name+": "+reason)
		}
		return true
	})
	return faults
}
