package imageset

import (
	"bytes"
	"encoding/binary"
)

// orientation finds how the camera was held in the data of EXIF, which are laid out as TIFF: 1 to 8, or 0 where it is not said.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	const tag, short = 0x0112, 3
	entries := int(order.Uint16(tiff[at:]))
	for e := tiff[at+2:]; entries > 0 && len(e) >= 12; e, entries = e[12:], entries-1 {
		if order.Uint16(e) == tag {
			if v := order.Uint16(e[8:]); order.Uint16(e[2:]) == short && v >= 1 && v <= 8 {
				return int(v)
			}
			return 0
		}
	}
	return 0
}

// turnedJPEG finds the orientation in the segments before the picture.
func turnedJPEG(_ content, head []byte) int {
	for at := 2; at+4 <= len(head) && head[at] == 0xff; {
		marker, length := head[at+1], int(head[at+2])<<8|int(head[at+3])
		if marker == 0xff { // a fill byte
			at++
			continue
		}
		if marker == 0xda || length < 2 {
			return 0
		}
		if body := head[at+4 : max(at+4, min(at+2+length, len(head)))]; marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return orientation(body[6:])
		}
		at += 2 + length
	}
	return 0
}

// turnedPNG finds the orientation in the chunks before the picture.
func turnedPNG(_ content, head []byte) int {
	for at := int64(8); at+8 <= int64(len(head)); {
		n := int64(binary.BigEndian.Uint32(head[at:]))
		switch string(head[at+4 : at+8]) {
		case "IDAT":
			return 0
		case "eXIf":
			return orientation(head[at+8 : min(at+8+n, int64(len(head)))])
		}
		at += 12 + n
	}
	return 0
}
