package intelmq

import (
	"strings"
	"time"
)

// layouts are the times that are taken beside the common form; one without an offset is in UTC.
var layouts = [...]string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05 -0700",
	"2006-01-02T15:04:05-0700", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "20060102T150405Z", "20060102150405",
	"_2 Jan 2006 15:04:05 -0700", "_2 Jan 2006 15:04:05", "_2-Jan-2006 15:04:05", "_2-Jan-06 15:04:05", "Jan _2 15:04:05 2006",
	"Mon Jan _2 15:04:05 2006", "02/Jan/2006:15:04:05 -0700", "2006/01/02 15:04:05", "2006/01/02"}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// moment takes a time. Of the names of zones only those of UTC are known: others stand for several offsets.
func moment(s string) (Value, error) {
	if v, ok := plainMoment(s); ok {
		return v, nil
	}
	if day, rest, found := strings.Cut(s, ","); found && strings.Trim(day, letters) == "" {
		s = strings.TrimSpace(rest) // a weekday says nothing that the date does not
	}
	for _, zone := range [...]string{" UTC", " GMT", "UTC", " Z"} {
		if rest, cut := strings.CutSuffix(s, zone); cut {
			s = strings.TrimSpace(rest)
			break
		}
	}
	if v, ok := plainMoment(s); ok {
		return v, nil
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return Moment(t), nil
		}
	}
	return bad(s, "is no time")
}

// Moment gives a time as IntelMQ writes it: RFC 3339, UTC, its offset written out, six digits after the seconds if they
// are not all zero.
func Moment(t time.Time) Value {
	t = t.UTC()
	if t.Nanosecond() >= 1000 {
		return Value{Text: t.Format("2006-01-02T15:04:05.000000+00:00")}
	}
	return Value{Text: t.Format("2006-01-02T15:04:05+00:00")}
}

const (
	secondsLen = len("2006-01-02 15:04:05")
	utcOffset  = "+00:00"
)

// plainMoment takes 2006-01-02 15:04:05, with a T in place of the space and the offset +00:00 or " UTC" if it likes: what
// nearly all times are.
func plainMoment(s string) (Value, bool) {
	if len(s) < secondsLen || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':' || s[10] != ' ' && s[10] != 'T' {
		return Value{}, false
	}
	if rest := s[secondsLen:]; rest != "" && rest != utcOffset && rest != " UTC" && rest != "Z" {
		return Value{}, false
	}
	var n [6]int
	for i, at := range [...]int{0, 5, 8, 11, 14, 17} {
		end := at + 2
		if i == 0 {
			end = 4
		}
		for ; at < end; at++ {
			if s[at] < '0' || s[at] > '9' {
				return Value{}, false
			}
			n[i] = n[i]*10 + int(s[at]-'0')
		}
	}
	if n[0] == 0 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > daysOf(n[0], n[1]) || n[3] > 23 || n[4] > 59 || n[5] > 59 {
		return Value{}, false
	}
	if s[10] == 'T' && len(s) == secondsLen+len(utcOffset) {
		return Value{Text: s}, true
	}
	return Value{Text: s[:10] + "T" + s[11:secondsLen] + utcOffset}, true
}

func daysOf(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
