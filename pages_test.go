package wavekin_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/train"
)

// authorsRun is the file that stands for the authors' run of a method: on series where there is one, else on CIFAR-10.
func authorsRun(name string) string {
	file := filepath.Join("configs", "series", name+".toml")
	if _, err := os.Stat(file); err != nil {
		file = filepath.Join("configs", "cifar10", name+".toml")
	}
	return file
}

// furtherRuns are the files of what authors do with a model of theirs, by method and command.
var furtherRuns = map[string]map[string]string{"simclr-v2": {
	"finetune": "configs/cifar10/further/simclr-v2-finetune.toml", "distill": "configs/cifar10/further/simclr-v2-distill.toml"}}

// runsOf are all files of a method whose keys have sources, by the command that takes them.
func runsOf(name string) map[string]string {
	out := map[string]string{"pretrain": filepath.ToSlash(authorsRun(name))}
	maps.Copy(out, furtherRuns[name])
	return out
}

// mark is a key of an authors' run and the comment behind it, as configs/README.md describes them.
type mark struct{ key, value, theirs, source, why string }

const place = `(paper [^;()]+|[A-Za-z0-9.-]+/[^ :;()]+:\d+(?:-\d+)?)`

var (
	sourced   = regexp.MustCompile(`^` + place + `(?:; (.+))?$`)
	differing = regexp.MustCompile(`^differs: (.+) \(` + place + `\); (.+)$`)
	recalled  = regexp.MustCompile(`^unverified: ([^;]+); (.+)$`)
	ours      = regexp.MustCompile(`^ours: (.+)$`)
)

// marks reads the keys of a file with their comments, in order, and complains about those that have no proper one.
func marks(t *testing.T, file string) []mark {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []mark
	table := ""
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			table = strings.TrimPrefix(strings.Trim(line, "[]"), "set.") + "."
			continue
		}
		key, rest, ok := strings.Cut(line, " = ")
		if !ok {
			t.Fatalf("%s:%d: %q is no key with its value on one line", file, i+1, line)
		}
		if key == "method" {
			continue
		}
		value, comment := rest, ""
		if at := strings.LastIndex(rest, "  # "); at >= 0 {
			value, comment = strings.TrimSpace(rest[:at]), rest[at+4:]
		}
		m := mark{key: table + key, value: value}
		if d := differing.FindStringSubmatch(comment); d != nil {
			m.theirs, m.source, m.why = d[1], d[2], d[3]
		} else if s := sourced.FindStringSubmatch(comment); s != nil {
			m.source, m.why = s[1], s[2]
		} else if r := recalled.FindStringSubmatch(comment); r != nil {
			m.theirs, m.why = r[1], r[2]
		} else if !ours.MatchString(comment) {
			t.Errorf("%s:%d: %s has the comment %q, want a source, or what differs, as configs/README.md has them", file, i+1, m.key, comment)
		}
		out = append(out, m)
	}
	return out
}

// TestEveryKeyHasASource: in the file of every authors' run each key says where its value is from, and repositories are those of
// the table in configs/README.md.
func TestEveryKeyHasASource(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("configs", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, name := range methods.Names() {
		files = slices.AppendSeq(files, maps.Values(runsOf(name)))
	}
	for _, file := range files {
		found := marks(t, file)
		var keys []string
		for _, m := range found {
			keys = append(keys, m.key)
			repository, _, _ := strings.Cut(m.source, "/")
			if m.source != "" && !strings.HasPrefix(m.source, "paper ") && !strings.Contains(string(readme), "\n| `"+repository+"` | ") {
				t.Errorf("%s: %s is from %s, which is no repository of configs/README.md", file, m.key, repository)
			}
		}
		slices.Sort(keys)
		if want := tomlKeys(t, file); !slices.Equal(keys, want) {
			t.Errorf("%s has the keys %v, and comments on %v", file, want, keys)
		}
	}
}

// tomlKeys are the keys of a file as a TOML reader sees them, sorted, without the method's name.
func tomlKeys(t *testing.T, file string) []string {
	t.Helper()
	var tree map[string]any
	if _, err := toml.DecodeFile(file, &tree); err != nil {
		t.Fatal(err)
	}
	var out []string
	for key, v := range tree {
		if key == "set" {
			for table, of := range v.(map[string]any) {
				for k := range of.(map[string]any) {
					out = append(out, table+"."+k)
				}
			}
		} else if key != "method" {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// TestPagesSayWhatDiffers: the page of a method names the file of the authors' run, and its list of what differs there is what
// the comments in the file say.
func TestPagesSayWhatDiffers(t *testing.T) {
	for _, name := range methods.Names() {
		page := pageOf(t, name)
		var want []string
		for _, command := range []string{"pretrain", "finetune", "distill"} {
			file, ok := runsOf(name)[command]
			if !ok {
				continue
			}
			if !strings.Contains(page, "wavekin "+command+" -c "+file+" ") {
				t.Errorf("the page of %s does not give the command with %s", name, file)
			}
			for _, m := range marks(t, file) {
				if m.theirs != "" {
					from := cmp.Or(m.source, "not verified")
					want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s; %s |", m.key, cell(m.theirs), cell(m.value), from, m.why))
				}
			}
		}
		got := rows(page, "## What differs")
		for i := range max(len(want), len(got)) {
			switch {
			case i >= len(want):
				t.Errorf("the page of %s says that this differs, and no file does:\n%s", name, got[i])
			case i >= len(got) || got[i] != want[i]:
				t.Errorf("row %d of what differs on the page of %s is not what its files say:\n%s", i+1, name, want[i])
			}
		}
	}
}

// TestPagesSayWhatIsNotKept: the page of a method whose models keep no projector says so, and no other page does; so does
// docs/your-data.md.
func TestPagesSayWhatIsNotKept(t *testing.T) {
	var without []string
	for _, name := range methods.Names() {
		m, err := methods.ByName(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, keeps := m.(methods.Keeper)
		if !keeps {
			without = append(without, "`"+name+"`")
		}
		if said := strings.Contains(pageOf(t, name), "`embed --from head` refuses models of it"); said == keeps {
			t.Errorf("the page of %s says that its models have no projector: %v; they have one: %v", name, said, keeps)
		}
	}
	data, err := os.ReadFile(filepath.Join("docs", "your-data.md"))
	if err != nil {
		t.Fatal(err)
	}
	last := len(without) - 1
	want := strings.Join(without[:last], ", ") + " and " + without[last] + " have no projector"
	if !strings.Contains(strings.Join(strings.Fields(string(data)), " "), want) {
		t.Errorf("docs/your-data.md does not say that %s", want)
	}
}

// TestPagesSayTheZeroValues: the page of a method lists all its settings, with the zero values that the catalogue tells.
func TestPagesSayTheZeroValues(t *testing.T) {
	for _, name := range methods.Names() {
		m, err := methods.ByName(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		fields := methods.Settings(m)
		var names []string
		for _, f := range fields {
			names = append(names, f.Name)
		}
		var found []string
		for _, row := range rows(pageOf(t, name), "## Settings") {
			cells := strings.Split(strings.Trim(row, "| "), " | ")
			if len(cells) != 4 {
				t.Errorf("the page of %s has a row of %d cells, want setting, published, here and source: %s", name, len(cells), row)
				continue
			}
			setting := strings.Trim(cells[0], "`")
			want, ours := trainerDefault(m, setting)
			if !ours {
				want = zeroValue(fields, setting)
				found = append(found, setting)
			}
			if cells[2] != want {
				t.Errorf("the page of %s has %q as what is here for %s, and the catalogue says %q", name, cells[2], setting, want)
			}
		}
		slices.Sort(names)
		slices.Sort(found)
		if !slices.Equal(names, found) {
			t.Errorf("the page of %s lists the settings %v, there are %v", name, found, names)
		}
	}
}

// TestPagesQuoteTheResults: every figure that the page of a method quotes from a page of results stands there.
func TestPagesQuoteTheResults(t *testing.T) {
	link, figure := regexp.MustCompile(`\]\((\.\./[^)#]+)\)`), regexp.MustCompile(`\d+\.\d+`)
	quoted := 0
	for _, name := range methods.Names() {
		_, measured, _ := strings.Cut(pageOf(t, name), "\nMeasured here:\n")
		for _, line := range strings.Split(measured, "\n") {
			m := link.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			text, err := os.ReadFile(filepath.Join("docs", "methods", m[1]))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range figure.FindAllString(line, -1) {
				quoted++
				if !strings.Contains(string(text), f) {
					t.Errorf("the page of %s quotes %s, which is not in %s", name, f, m[1])
				}
			}
		}
	}
	if quoted < 100 {
		t.Errorf("only %d figures are quoted", quoted)
	}
}

// TestPagesHaveTheTwins: the page of a method says how far it was from its twins, the furthest of them on each path, by the table of
// docs/results/twins.md.
func TestPagesHaveTheTwins(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("docs", "results", "twins.md"))
	if err != nil {
		t.Fatal(err)
	}
	furthest := map[string][2]float64{} // losses and weights, by method and path
	for _, row := range rows("\n## \n"+string(text), "## ") {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		losses, err := strconv.ParseFloat(cells[2], 64)
		if err != nil {
			continue // a path that the method is not for
		}
		weights, err := strconv.ParseFloat(cells[3], 64)
		if err != nil {
			t.Fatal(row, err)
		}
		method, _, _ := strings.Cut(cells[0], ",")
		was := furthest[method+" "+cells[1]]
		furthest[method+" "+cells[1]] = [2]float64{max(was[0], losses), max(was[1], weights)}
	}
	for _, name := range methods.Names() {
		found, ok := furthest[name+" sequences"]
		if !ok {
			t.Errorf("docs/results/twins.md has no %s", name)
		}
		want := fmt.Sprintf("- Beside a [twin](../results/twins.md) in PyTorch, four steps: losses %.0e and weights %.0e apart on sequences", found[0], found[1])
		if found, ok = furthest[name+" images"]; ok {
			want += fmt.Sprintf(", %.0e and %.0e on images", found[0], found[1])
		}
		if !strings.Contains(pageOf(t, name), want+".\n") {
			t.Errorf("the page of %s lacks\n%s.", name, want)
		}
	}
}

// cell is a value in a row of a table.
func cell(value string) string {
	return strings.ReplaceAll(strings.Trim(value, `"`), "|", `\|`)
}

func pageOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("docs", "methods", name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rows are those of the first table below a heading, without its own head.
func rows(page, heading string) []string {
	_, section, _ := strings.Cut(page, heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var out []string
	for _, line := range strings.Split(section, "\n") {
		if strings.HasPrefix(line, "|") {
			out = append(out, line)
		} else if len(out) > 0 {
			break
		}
	}
	return out[min(2, len(out)):]
}

// trainerDefault is the value of one of the trainer's own settings where neither flag nor file gives it.
func trainerDefault(m methods.Method, setting string) (string, bool) {
	var p methods.Preset
	if own, ok := m.(methods.Presetter); ok {
		p = own.Preset()
	}
	preset := map[string]float64{"batch": float64(p.Batch), "lr": p.LR, "decay": p.Decay, "beta2": p.Beta2}
	v, ours := preset[setting]
	if !ours || v > 0 {
		return strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), "e-0", "e-", 1), ours
	}
	if v < 0 {
		return "none", true
	}
	for _, f := range settings.Of(train.Config{}) {
		if f.Name == setting {
			return regexp.MustCompile(`preset, or ([0-9.]*[0-9])`).FindStringSubmatch(f.Doc)[1], true
		}
	}
	return "", true
}

var (
	means   = regexp.MustCompile(`(?:0|[Zz]ero|[Zz]ero value|[Ee]mpty|[Nn]one) means (.*?)(?:[;:] |, negative|, published|, as |, which|, whose|, since|, the |\. |\.$)`)
	usual   = regexp.MustCompile(`"?([\w-]+)"? \(the default`)
	between = regexp.MustCompile(`, | and `)
)

// zeroValue is what the comment on a setting says that its zero value means. One comment may stand for several fields in a row:
// then it says as many values, or one for each.
func zeroValue(fields []methods.Setting, name string) string {
	var f methods.Setting
	at, shared := 0, 0
	for _, g := range fields {
		if g.Name == name {
			f = g
		}
	}
	for _, g := range fields {
		if g.Doc == f.Doc {
			if g.Name == name {
				at = shared
			}
			shared++
		}
	}
	switch said := means.FindAllStringSubmatch(f.Doc, -1); {
	case f.Kind == "true or false":
		return "off"
	case shared > 1 && len(said) == shared:
		return said[at][1]
	case len(said) > 0 && shared > 1:
		values := between.Split(strings.TrimSuffix(said[0][1], " each"), -1)
		return values[min(at, len(values)-1)]
	case len(said) > 0:
		return said[0][1]
	case usual.MatchString(f.Doc):
		return usual.FindStringSubmatch(f.Doc)[1]
	}
	return "0"
}
