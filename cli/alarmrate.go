package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/series"
)

// alarmRate is how many alarms normal readings may give: a share of the time stamps, or alarms in a time or in so many time stamps.
type alarmRate struct {
	text   string
	share  float64       // of time stamps, unless 0
	count  float64       // alarms
	per    time.Duration // in this time, or
	points float64       // in so many time stamps
}

// periods are the times that a rate may be given for; a month is 30 days.
var periods = map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour, "month": 30 * 24 * time.Hour}

// parseAlarmRate reads 0.1%, 1/day or 1/1000.
func parseAlarmRate(text string) (r alarmRate, err error) {
	r.text = text
	bad := usagef("--alarm-rate is %q, want a share of normal time such as 0.1%%, alarms in a time such as 1/day, 2/week or 1/month, or in time stamps such as 1/1000", text)
	if number, ok := strings.CutSuffix(text, "%"); ok {
		if r.share, err = strconv.ParseFloat(number, 64); err != nil || !(r.share > 0 && r.share <= 100) {
			return r, bad
		}
		r.share /= 100
		return r, nil
	}
	number, per, ok := strings.Cut(text, "/")
	if r.count, err = strconv.ParseFloat(number, 64); err != nil || !ok || !(r.count > 0) || r.count-r.count != 0 {
		return r, bad
	}
	if r.per, ok = periods[per]; ok {
		return r, nil
	}
	if r.points, err = strconv.ParseFloat(per, 64); err != nil || !(r.points >= 1) || r.points-r.points != 0 {
		return r, bad
	}
	return r, nil
}

// muchTime is the share of normal time from which on it is said that alarms at a rate take so much of it.
const muchTime = 0.1

// alarm is what normal readings have at the rate; its Join is 0 for a share. step is the distance of their time stamps, 0 where it is not known.
func (r alarmRate) alarm(e *env, rates *detect.Rates, step time.Duration) (a detect.Alarm, err error) {
	if r.share > 0 {
		a.Threshold, err = rates.Share(r.share)
		if err != nil {
			err = usagef("--alarm-rate %s: %w; the smallest is %.2g%%", r.text, err, 100/float64(rates.Points()))
		}
		return a, err
	}
	rate := r.count / r.points
	if r.per > 0 {
		if step == 0 || series.IsPosition(step) {
			return a, usagef("--alarm-rate %s: how far apart time stamps are is not known, the normal readings have none; give a rate in time stamps such as 1/1000, or a share such as 0.1%%", r.text)
		}
		rate = r.count * float64(step) / float64(r.per)
	}
	a, err = rates.Alarm(rate)
	if err != nil {
		if smallest := rates.Smallest(); smallest > 0 {
			err = fmt.Errorf("%w; they hold %s, which supports rates from %s on", err, r.duration(float64(rates.Points()), step), r.inWords(smallest, step))
		}
		return a, usagef("--alarm-rate %s: %w", r.text, err)
	}
	most := rates.Episodes()
	switch {
	case a.Longest == 0 && rate*float64(rates.Points()) > float64(most):
		e.remark("--alarm-rate %s: normal readings have fewer alarms at any threshold, as neighbouring ones are joined; it is %s (a reference made anew does not join them so)",
			r.text, r.inWords(float64(most)/float64(rates.Points()), step))
	case a.Extrapolated:
		e.remark("--alarm-rate %s: the normal readings hold %s, less than one alarm at that rate; the threshold %.3f is extrapolated by an exponential tail of their highest episodes",
			r.text, r.duration(float64(rates.Points()), step), a.Threshold)
	case a.Share > muchTime:
		e.remark("--alarm-rate %s: normal readings score %.3f or more in %.0f%% of their time; a lower rate or a shorter --window makes alarms that say more", r.text, a.Threshold, 100*a.Share)
	}
	return a, nil
}

// duration is a number of time stamps in the words of the rate.
func (r alarmRate) duration(n float64, step time.Duration) string {
	if r.per == 0 {
		return fmt.Sprintf("%.0f time stamps", n)
	}
	for _, unit := range []string{"week", "day"} {
		if v := n * float64(step) / float64(periods[unit]); v >= 2 {
			return fmt.Sprintf("%.1f %ss", v, unit)
		}
	}
	return fmt.Sprintf("%.1f hours", n*float64(step)/float64(time.Hour))
}

// inWords is a rate, in episodes per time stamp, as the flag takes it.
func (r alarmRate) inWords(rate float64, step time.Duration) string {
	if r.per == 0 {
		return fmt.Sprintf("1/%.0f", 1/rate)
	}
	for _, unit := range []string{"hour", "day"} {
		if v := rate * float64(periods[unit]) / float64(step); v >= 1 {
			return fmt.Sprintf("%.2g/%s", v, unit)
		}
	}
	return fmt.Sprintf("%.2g/week", rate*float64(periods["week"])/float64(step))
}

// rate turns --alarm-rate into what an alarm of a run is.
func (s *scoring) rate(e *env, r alarmRate, reference string, step time.Duration) error {
	rates, err := s.rates()
	if errors.Is(err, detect.ErrNoRates) && reference != "" {
		return usagef("--alarm-rate: the reference %s was made by an older wavekin, which did not keep how often normal readings have episodes; make it anew with wavekin reference", reference)
	}
	if err != nil {
		return err
	}
	a, err := r.alarm(e, rates, step)
	if s.found.Threshold = a.Threshold; a.Join > 0 {
		s.found.Join, s.found.Longest = a.Join, a.Longest
	}
	return err
}

// rates are those of the normal readings.
func (s *scoring) rates() (*detect.Rates, error) {
	if s.d != nil {
		return s.d.Rates()
	}
	return s.out.fused.Rates()
}
