package service

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

const day, future = 86400, 0xffffffff

// upward gives n times, step apart.
func upward(from, step int64, n int) (secs []int64) {
	for i := range n {
		secs = append(secs, from+int64(i)*step)
	}
	return secs
}

func join(lists ...[]int64) (all []int64) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// TestTimekeeper: a timestamp that stands out is not believed; a true leap in time is.
func TestTimekeeper(t *testing.T) {
	const base = 1_600_000_000
	quiet := upward(base, 10, 20)
	tests := []struct {
		name     string
		secs     []int64
		want     []int64 // where it differs from secs
		problems int
	}{
		{name: "in order", secs: upward(base, 300, 100)},
		{name: "every record hours after the last", secs: upward(base, 5*3600, 100)},
		{name: "a quiet week", secs: join(quiet, upward(base+7*day, 10, 20))},
		{name: "a quiet week, then one record", secs: join(quiet, []int64{base + 7*day})},
		{name: "one of the far future", secs: join(quiet, []int64{future}, upward(base+200, 10, 20)),
			want: join(quiet, []int64{base + 190}, upward(base+200, 10, 20)), problems: 1},
		{name: "several in a row", secs: join(quiet, []int64{future, future - 5, base + 9*day}, upward(base+200, 10, 20)),
			want: join(quiet, []int64{base + 190, base + 190, base + 190}, upward(base+200, 10, 20)), problems: 3},
		{name: "here and there", secs: []int64{base, base + 1, future, base + 2, future, base + 3, base + 4, future, base + 5},
			want: []int64{base, base + 1, base + 1, base + 2, base + 2, base + 3, base + 4, base + 4, base + 5}, problems: 3},
		{name: "the first of all", secs: join([]int64{future}, quiet), want: join([]int64{base}, quiet), problems: 1},
		{name: "the first at the epoch", secs: join([]int64{0}, quiet), problems: 1},
		{name: "back by an hour and more", secs: join(quiet, upward(base-day, 10, 20)), problems: 1},
		{name: "one far ahead in a true leap", secs: join(quiet, []int64{future}, upward(base+7*day, 10, 20)),
			want: join(quiet, []int64{base + 190}, upward(base+7*day, 10, 20)), problems: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := keep(tt.secs)
			if tt.want == nil {
				tt.want = tt.secs
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if len(problems) != tt.problems {
				t.Errorf("%d problems, want %d: %v", len(problems), tt.problems, problems)
			}
		})
	}
}

// keep sends records of these times through a timekeeper.
func keep(secs []int64) (got []int64, problems []values.Problem) {
	first := firstMoment(secs[:min(jury, len(secs))])
	k := timekeeper{now: first, report: func(p values.Problem) { problems = append(problems, p) }}
	var b batch
	for i, sec := range secs {
		k.take(&b, len(b.elems), sec, int64(i))
		b.elems = append(b.elems, mrt.Elem{Sec: uint32(sec)})
		k.grown(len(b.elems), int64(i))
	}
	k.settle(&b, true)
	for _, e := range b.elems {
		got = append(got, int64(e.Sec))
	}
	return got, problems
}

// TestTimekeeperAcrossBatches: a record of many elements that fills its batch is not believed on its own word.
func TestTimekeeperAcrossBatches(t *testing.T) {
	problems := 0
	k := timekeeper{now: 1000, report: func(values.Problem) { problems++ }}
	for range 3 {
		var b batch
		k.take(&b, 0, future, 7)
		b.elems = append(b.elems, mrt.Elem{Sec: future})
		k.grown(1, 7)
		k.settle(&b, false)
		if b.elems[0].Sec != 1000 {
			t.Errorf("the record counts as of %d", b.elems[0].Sec)
		}
	}
	if k.now != 1000 || problems != 3 {
		t.Errorf("now %d, %d problems", k.now, problems)
	}
}
