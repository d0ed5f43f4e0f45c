package intelmq

import (
	"strings"
	"time"
)

// layouts are the times that are taken beside the common form; one without an offset is in UTC.
var layouts = [...]string{time.RFC3339Nano, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05 -0700",
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
	if v, ok := mailMoment(s); ok {
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
	months     = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// plainMoment takes 2006-01-02 15:04:05, with a T in place of the space and the offset +00:00 or " UTC" if it likes: what
// nearly all times are.
func plainMoment(s string) (Value, bool) {
	if len(s) < secondsLen || s[4] != '-' || s[7] != '-' || s[10] != ' ' && s[10] != 'T' {
		return Value{}, false
	}
	if rest := s[secondsLen:]; rest != "" && rest != utcOffset && rest != " UTC" && rest != "Z" {
		return Value{}, false
	}
	if !isDay(digits(s[:4]), digits(s[5:7]), digits(s[8:10])) || !isClock(s[11:secondsLen]) {
		return Value{}, false
	}
	if s[10] == 'T' && len(s) == secondsLen+len(utcOffset) {
		return Value{Text: s}, true
	}
	return Value{Text: s[:10] + "T" + s[11:secondsLen] + utcOffset}, true
}

// mailMoment takes 02 Jan 2006 15:04:05, as mail and HTTP write it (RFC 5322, RFC 9110), behind the weekday and before the
// zone.
func mailMoment(s string) (Value, bool) {
	if len(s) != len("02 Jan 2006 15:04:05") || s[2] != ' ' || s[6] != ' ' || s[11] != ' ' {
		return Value{}, false
	}
	at := strings.Index(months, s[3:6])
	month := at/3 + 1
	if at < 0 || at%3 != 0 || !isDay(digits(s[7:11]), month, digits(s[:2])) || !isClock(s[12:]) {
		return Value{}, false
	}
	return Value{Text: s[7:11] + "-" + twoDigits[2*month:2*month+2] + "-" + s[:2] + "T" + s[12:] + utcOffset}, true
}

const twoDigits = "00010203040506070809101112"

// digits gives the number that digits stand for; -1 if there are others among them.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

func isDay(year, month, day int) bool {
	return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
}

// isClock tells whether it is a time of day, 15:04:05.
func isClock(s string) bool {
	hour, minute, second := digits(s[:2]), digits(s[3:5]), digits(s[6:8])
	return s[2] == ':' && s[5] == ':' && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60
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
