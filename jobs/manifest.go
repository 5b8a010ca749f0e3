package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/reread"
)

// prefix begins the names of manifests and locks in the folder of the outputs. The underscore keeps them out of the way of engines
// that read the folder as one table.
const prefix = "_wavekin"

// manifestEnding is that of the manifests' names.
const manifestEnding = ".json"

// manifestVersion is raised when older programs could not read it.
const manifestVersion = 1

// manifest is what is known of the outputs in a folder.
type manifest struct {
	Version int `json:"version"`
	// Made holds what outputs were made with, by its hash.
	Made map[string]Making `json:"made"`
	// Outputs are by their place below the folder.
	Outputs map[string]record `json:"outputs"`
}

// record is what is known of an output.
type record struct {
	Input   string `json:"input"`
	SHA256  string `json:"sha256"` // of the input
	Source  stamp  `json:"source"`
	Output  stamp  `json:"output"`
	Made    string `json:"made"`
	Rows    int    `json:"rows"`
	Windows int    `json:"windows"`
	// Beside is of the file that goes along with the output, nil where none was wanted.
	Beside *besideRecord `json:"beside,omitempty"`
	// Seam is what it continues and leaves, nil where every input stands by itself.
	Seam *seamRecord `json:"seam,omitempty"`
}

// besideRecord is what is known of a file beside an output.
type besideRecord struct {
	Made string `json:"made"`
	File stamp  `json:"file"`
}

const (
	// besideFolder holds the files beside the outputs, in the same layout.
	besideFolder = prefix + ".beside"
	besideEnding = ".json"
)

// holds tells whether a file is the one that was written.
func (b *besideRecord) holds(path string) bool { return holds(b.File, path) }

// stamp tells without reading it whether a file has changed.
type stamp struct {
	Bytes int64 `json:"bytes"`
	// Modified is in nanoseconds since 1970; 0 where the file was so young that a later change could have the same time.
	Modified int64 `json:"modified"`
}

// settled is the age from which on a file that is written again gets another time of modification, on coarse file systems too.
const settled = 3 * time.Second

func stampOf(info os.FileInfo) stamp {
	return stamp{info.Size(), info.ModTime().UnixNano()}
}

// trusted is a stamp to be compared with later.
func (s stamp) trusted(now time.Time) stamp {
	if now.UnixNano()-s.Modified < int64(settled) {
		s.Modified = 0
	}
	return s
}

// readManifests joins the manifests of a folder and its shards, of which there may be none. The latest record of an output counts.
func readManifests(out string) (*manifest, error) {
	all := &manifest{Version: manifestVersion, Made: map[string]Making{}, Outputs: map[string]record{}}
	for _, file := range manifestFiles(out) {
		one, err := readManifest(file)
		if err != nil {
			return nil, err
		}
		maps.Copy(all.Made, one.Made)
		for key, r := range one.Outputs {
			if have, ok := all.Outputs[key]; !ok || have.Output.Modified < r.Output.Modified {
				all.Outputs[key] = r
			}
		}
	}
	return all, nil
}

// manifestFiles are the manifests in a folder.
func manifestFiles(out string) (files []string) {
	entries, _ := os.ReadDir(out) // none where it cannot be listed
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), manifestEnding) {
			files = append(files, filepath.Join(out, e.Name()))
		}
	}
	return files
}

// readManifest reads one; one that is removed meanwhile is empty.
func readManifest(file string) (*manifest, error) {
	m := &manifest{Version: manifestVersion}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(text, m)
	}
	switch {
	case err != nil:
		return nil, &datasets.Error{File: file, Offset: -1, Err: fmt.Errorf("no manifest of wavekin (%w); without it, every output is made anew", err)}
	case m.Version != manifestVersion:
		return nil, &datasets.Error{File: file, Offset: -1, Err: fmt.Errorf("a manifest of version %d, want %d; without it, every output is made anew", m.Version, manifestVersion)}
	}
	return m, nil
}

// encode is the manifest's text, without what no output was made with any more.
func (m *manifest) encode() ([]byte, error) {
	used := map[string]Making{}
	for _, r := range m.Outputs {
		used[r.Made] = m.Made[r.Made]
	}
	m.Made = used
	return json.MarshalIndent(m, "", " ")
}

// writeWhole puts a text in its place at once.
func writeWhole(file string, text []byte) error {
	f, err := output.Create(file)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(append(text, '\n')); err != nil {
		return output.Wrap(file, err)
	}
	return f.Commit()
}

// recordKey is a place as a key in JSON, which holds no other bytes than UTF-8.
func recordKey(place string) string {
	if utf8.ValidString(place) {
		return place
	}
	return strconv.QuoteToASCII(place)
}

// Hash is the SHA-256 of a file's content, in hexadecimal.
func Hash(path string) (string, error) { return hash(path, reread.Options{}) }

func hash(path string, again reread.Options) (string, error) {
	f, err := reread.Open(path, again)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
