package dialect

// isoCivil reads the commonest form fast: 2006-01-02 15:04:05 with a T or a space, a fraction of at most nine digits and Z after it,
// or nothing.
func isoCivil(b []byte) (c civil, ok bool) {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' {
		return c, false
	}
	y1, ok1 := twoDigits(b[0], b[1])
	y2, ok2 := twoDigits(b[2], b[3])
	m, ok3 := twoDigits(b[5], b[6])
	d, ok4 := twoDigits(b[8], b[9])
	c.year, c.month, c.day = y1*100+y2, m, d
	return c, ok1 && ok2 && ok3 && ok4 && c.isoClock(b[10:]) && c.valid()
}

// isoClock reads what follows the date: T or a space, and 15:04:05 as isoCivil has it.
func (c *civil) isoClock(b []byte) bool {
	if len(b) < 9 || len(b) > 20 || b[0] != ' ' && b[0] != 'T' || b[3] != ':' || b[6] != ':' {
		return false
	}
	var ok1, ok2, ok3 bool
	c.hour, ok1 = twoDigits(b[1], b[2])
	c.minute, ok2 = twoDigits(b[4], b[5])
	c.sec, ok3 = twoDigits(b[7], b[8])
	if rest := b[9:]; len(rest) > 0 && !c.isoEnd(rest) {
		return false
	}
	return ok1 && ok2 && ok3
}

// isoEnd reads a fraction and Z.
func (c *civil) isoEnd(b []byte) bool {
	if b[0] == '.' {
		i, unit := 1, 100_000_000
		for ; i < len(b) && isDigit(b[i]); i++ {
			c.nano += int(b[i]-'0') * unit
			unit /= 10
		}
		if i == 1 || i > 10 {
			return false
		}
		b = b[i:]
	}
	c.zoned = len(b) == 1 && b[0] == 'Z'
	return c.zoned || len(b) == 0
}

func twoDigits(hi, lo byte) (v int, ok bool) {
	hi, lo = hi-'0', lo-'0'
	return int(hi)*10 + int(lo), hi <= 9 && lo <= 9
}

// keepDay notes the day of a stamp that was read, for sameDay.
func (s *Stamps) keepDay(cell []byte, c civil, err error) {
	if s.dayKept = err == nil && s.Zone == nil; s.dayKept {
		s.day = [10]byte(cell)
		c.hour, c.minute, c.sec, c.nano = 0, 0, 0, 0
		s.midnight = c.unixNano()
	}
}

// sameDay reads a stamp of the day of the one before, whose date it need not work out again.
func (s *Stamps) sameDay(cell []byte) (int64, bool) {
	if !s.dayKept || len(cell) < 19 || [10]byte(cell) != s.day {
		return 0, false
	}
	var c civil
	if !c.isoClock(cell[10:]) || c.hour > 23 || c.minute > 59 || c.sec > 59 {
		return 0, false
	}
	if s.dates = true; c.zoned {
		s.note(0)
	} else {
		s.local = true
	}
	return s.midnight + int64(c.hour*3600+c.minute*60+c.sec)*1e9 + int64(c.nano), true
}
