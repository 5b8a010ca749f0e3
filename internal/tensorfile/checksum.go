package tensorfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
)

// ChecksumKey is the entry of the metadata that holds the checksum: "sha256:" and the hexadecimal SHA-256 of the whole file in
// which 64 zeros stand for these digits.
const ChecksumKey = "checksum"

const sumPrefix = "sha256:"

// unsummed stands in the header while the file is summed up.
var unsummed = sumPrefix + strings.Repeat("0", hex.EncodedLen(sha256.Size))

// ErrDamaged is what [Decode] finds in a file that is not as it was written.
var ErrDamaged = errors.New("damaged: its content does not fit its checksum; take another copy of the file, or make it anew")

// seal is a header with the checksum in its place.
func seal(header []byte, sum hash.Hash) []byte {
	return bytes.Replace(header, []byte(unsummed), []byte(sumPrefix+hex.EncodeToString(sum.Sum(nil))), 1)
}

// verify compares the parts of a file with the checksum that its metadata state, if they do.
func verify(stated string, lead, header, body []byte) error {
	if stated == "" {
		return nil
	}
	if len(stated) != len(unsummed) || bytes.Count(header, []byte(stated)) != 1 {
		return &Error{Offset: -1, Err: ErrDamaged}
	}
	sum := sha256.New()
	sum.Write(lead)
	sum.Write(bytes.Replace(header, []byte(stated), []byte(unsummed), 1))
	sum.Write(body)
	if stated != sumPrefix+hex.EncodeToString(sum.Sum(nil)) {
		return &Error{Offset: -1, Err: ErrDamaged}
	}
	return nil
}
