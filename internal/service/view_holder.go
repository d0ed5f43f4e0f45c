package service

import "pahra/wire/values"

// Holder gives who holds a network, as the run that is shown knows it; "" where it does not, or where it may not be told.
func (s *Shown) Holder(asn values.ASN) string {
	v, done := s.hold()
	defer done()
	if v == nil {
		return ""
	}
	line, _ := v.survey.line(asn)
	return line.Holder
}
