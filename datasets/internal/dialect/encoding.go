package dialect

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// encodings by name; letters, digits and nothing else count.
var encodings = map[string]encoding.Encoding{
	"utf8": nil, "latin1": charmap.Windows1252, "iso88591": charmap.ISO8859_1, "iso885915": charmap.ISO8859_15, "latin9": charmap.ISO8859_15,
	"iso88592": charmap.ISO8859_2, "windows1250": charmap.Windows1250, "windows1251": charmap.Windows1251, "windows1252": charmap.Windows1252,
	"cp1252": charmap.Windows1252, "cp1251": charmap.Windows1251, "cp1250": charmap.Windows1250, "cp437": charmap.CodePage437,
	"cp850": charmap.CodePage850, "macroman": charmap.Macintosh, "koi8r": charmap.KOI8R,
	"utf16":   unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"utf16le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"utf16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
}

// CheckEncoding refuses names of encodings that are not known.
func CheckEncoding(name string) error {
	if name == "" {
		return nil
	}
	if _, ok := encodings[plain(name)]; !ok {
		return fmt.Errorf("encoding %s is not known; want utf-8, utf-16, utf-16le, utf-16be, latin1, iso-8859-15, windows-1250 to -1252 or another of one byte", Quote(name))
	}
	return nil
}

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// Decode makes UTF-8 of a text: by its mark (BOM) where it has one, else by the name of its encoding, if one is given. It returns
// the reader to go on with and what it found, "" for UTF-8.
func Decode(r *bufio.Reader, name string) (io.Reader, string, error) {
	mark, _ := r.Peek(4)
	switch {
	case string(mark) == "\xff\xfe\x00\x00", string(mark) == "\x00\x00\xfe\xff":
		return nil, "", errors.New("the text is in UTF-32, which is not read; save it as UTF-8")
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		_, err := r.Discard(3)
		return r, "", err
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		name = "utf-16"
	}
	if err := CheckEncoding(name); err != nil {
		return nil, "", err
	}
	e := encodings[plain(name)]
	if e == nil {
		return r, "", nil
	}
	return transform.NewReader(r, e.NewDecoder()), name, nil
}
