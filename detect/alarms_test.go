package detect

import (
	"reflect"
	"testing"
)

func TestAlarms(t *testing.T) {
	points := func(id string, start int, p ...float64) *Points {
		out := &Points{Series: id, Start: start, P: p}
		for i, v := range p {
			out.Score = append(out.Score, 1/v)
			out.Times = append(out.Times, int64(100+start+i))
		}
		return out
	}
	a := Alarms{Level: 0.1, Join: 3}
	a.Add(points("a", 0, 1, 0.1, 1, 1, 0.05, 1, 1), []int{0, 1, 2, 3, 4, 5, 6}, make([]int, 7))
	a.Add(points("a", 7, 1, 0.02), nil, nil)
	a.Add(points("b", 0, 0.01), nil, nil)
	got, total := a.Ranked()
	want := []Alarm{
		{Series: "b", Start: 0, End: 1, StartTime: 100, EndTime: 100, HasTimes: true, Peak: 0, PeakTime: 100, Score: 100, P: 0.01, Part: -1, Channel: -1},
		{Series: "a", Start: 8, End: 9, StartTime: 108, EndTime: 108, HasTimes: true, Peak: 8, PeakTime: 108, Score: 50, P: 0.02, Part: -1, Channel: -1},
		{Series: "a", Start: 1, End: 5, StartTime: 101, EndTime: 104, HasTimes: true, Peak: 4, PeakTime: 104, Score: 20, P: 0.05, Part: 4},
	}
	if total != 3 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d alarms:\n%+v\nwant\n%+v", total, got, want)
	}
	a = Alarms{Level: 0.1, Most: 2}
	for i := range 100 {
		a.Add(points("a", 10*i, 0.001*float64(1+i)), nil, nil)
	}
	if got, total := a.Ranked(); total != 100 || len(got) != 2 || got[0].Start != 0 || got[1].Start != 10 {
		t.Errorf("%d alarms: %+v", total, got)
	}
}
