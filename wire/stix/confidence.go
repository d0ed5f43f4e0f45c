package stix

import "strings"

// The scales of confidence (appendix A): each word with the number that it becomes, and the least number that it is for.
type degree struct {
	word         string
	value, least int
}

// Scale is one of the scales of confidence.
type Scale struct{ degrees []degree }

// The scales.
var (
	LowMedHigh = Scale{[]degree{{"None", 0, 0}, {"Low", 15, 1}, {"Med", 50, 30}, {"High", 85, 70}}}
	ZeroToTen  = Scale{[]degree{{"0", 0, 0}, {"1", 10, 5}, {"2", 20, 15}, {"3", 30, 25}, {"4", 40, 35}, {"5", 50, 45}, {"6", 60, 55}, {"7", 70, 65},
		{"8", 80, 75}, {"9", 90, 85}, {"10", 100, 95}}}
	Admiralty = Scale{[]degree{{"5", 10, 0}, {"4", 30, 20}, {"3", 50, 40}, {"2", 70, 60}, {"1", 90, 80}}} // 6 says nothing
)

// Value gives the number that a word of the scale becomes, if it is one.
func (s Scale) Value(word string) (int, bool) {
	for _, d := range s.degrees {
		if strings.EqualFold(d.word, word) {
			return d.value, true
		}
	}
	return 0, false
}

// Word gives the word for a number from 0 to 100.
func (s Scale) Word(confidence int) string {
	word := s.degrees[0].word
	for _, d := range s.degrees {
		if confidence >= d.least {
			word = d.word
		}
	}
	return word
}
