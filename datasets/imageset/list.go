package imageset

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/wavekin/wavekin/datasets"
)

// list is a text file that names images in the folder it lies in, or anywhere, and their labels.
type list struct {
	folder
	file          string
	names, labels []string
}

// where names the list itself for "".
func (l *list) where(name string) string {
	if name == "" {
		return l.file
	}
	return l.folder.where(name)
}

// openList reads a list: a path in each line, and after a tab, a comma or a blank its label if it has one. Paths are relative to
// the list's folder. Empty lines and such that begin with # do not count.
func openList(file string) (tree, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, readError(file, err)
	}
	defer f.Close()
	l := &list{folder: folder{root: filepath.Dir(file)}, file: file}
	lines := bufio.NewScanner(f)
	for row := 1; lines.Scan(); row++ {
		line := bytes.TrimRight(lines.Bytes(), "\r")
		if row == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == utf8.RuneError }) {
			return nil, notASet(file)
		}
		name, label := splitLine(strings.TrimSpace(string(line)))
		if name == "" {
			continue
		}
		info, err := os.Stat(l.path(name))
		switch {
		case err != nil:
			err = readError(l.path(name), err)
		case info.IsDir():
			err = fileError(l.path(name), "it is a folder, want an image")
		case !isImage(name):
			err = fileError(name, "%w: want one of %s", datasets.ErrFormat, codecNames)
		}
		if err != nil {
			return nil, &datasets.Error{File: file, Row: row, Offset: -1, Err: err}
		}
		l.names, l.labels = append(l.names, name), append(l.labels, label)
	}
	if err := lines.Err(); err != nil {
		if err == bufio.ErrTooLong {
			return nil, notASet(file)
		}
		return nil, readError(file, err)
	}
	if len(l.names) == 0 {
		return nil, fileError(file, "it names no images")
	}
	return l, nil
}

// notASet is the error about a file that is nothing that images come in.
func notASet(file string) error {
	return fileError(file, "%w: want a folder, a tar archive (.tar, .tar.gz, .tar.zst) or a text file with the path of an image in each line",
		datasets.ErrFormat)
}

// splitLine takes the line of a list apart. A path may have blanks and commas where the line is only a path, or has a tab.
func splitLine(line string) (name, label string) {
	if line == "" || line[0] == '#' {
		return "", ""
	}
	at := strings.LastIndexByte(line, '\t')
	if at < 0 && !isImage(line) {
		at = strings.LastIndexAny(line, ", ")
	}
	if at < 0 {
		return line, ""
	}
	return strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+1:])
}
