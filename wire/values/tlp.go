package values

import (
	"fmt"
	"strings"
)

// TLP is a label of the Traffic Light Protocol: how far information may be passed on (first.org/tlp, version 2.0). The
// labels are ordered: what is greater is more restricted.
type TLP uint8

// The labels. NoTLP says that there is none, which is not the same as TLP:CLEAR: what then holds is for an agreement to say.
const (
	NoTLP          TLP = iota
	TLPClear           // no limit on disclosure
	TLPGreen           // within the community
	TLPAmber           // within the organisation and its clients, need to know
	TLPAmberStrict     // within the organisation alone, need to know
	TLPRed             // the individual recipients alone
)

var tlpLabels = [...]string{"", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}

// String gives the label as it must be written, such as "TLP:AMBER+STRICT", and "" where there is none.
func (t TLP) String() string {
	if t.Label() == "" {
		return ""
	}
	return "TLP:" + t.Label()
}

// Label gives the label without "TLP:", such as "AMBER+STRICT".
func (t TLP) Label() string {
	if int(t) >= len(tlpLabels) {
		return ""
	}
	return tlpLabels[t]
}

// V1 gives the label of version 1, such as "WHITE" for TLP:CLEAR. Version 1 has none for TLP:AMBER+STRICT, and its AMBER
// lets more people see it: that must go out as RED or not at all.
func (t TLP) V1() (label string, exists bool) {
	switch t {
	case TLPClear:
		return "WHITE", true
	case TLPGreen, TLPAmber, TLPRed:
		return tlpLabels[t], true
	}
	return "", false
}

// ParseTLP reads a label of version 1 or 2 in the spellings that are in use: any case, with or without "TLP:", AMBER+STRICT
// also with a space, a hyphen, an underscore or nothing in place of the plus. WHITE is TLP:CLEAR. TLP:EX:CHR and
// TLP:UNCLEAR, which MISP knows, are no labels.
func ParseTLP(s string) (TLP, error) {
	label := squeeze(s)
	if rest, found := strings.CutPrefix(label, "TLP"); found {
		label = strings.TrimLeft(rest, ":")
	}
	switch label {
	case "WHITE", "CLEAR":
		return TLPClear, nil
	case "GREEN":
		return TLPGreen, nil
	case "AMBER":
		return TLPAmber, nil
	case "AMBERSTRICT":
		return TLPAmberStrict, nil
	case "RED":
		return TLPRed, nil
	}
	return NoTLP, fmt.Errorf("%.40q is no label of the Traffic Light Protocol", s)
}

// squeeze gives s in capitals without what joins or surrounds words. What ends in a joint lacks a word and is nothing.
func squeeze(s string) string {
	s = strings.Trim(s, " \t[]()")
	if len(s) > 64 || strings.TrimRight(s, "+-_") != s {
		return ""
	}
	return strings.ToUpper(strings.NewReplacer(" ", "", "\t", "", "+", "", "-", "", "_", "").Replace(s))
}

// MarshalText writes the label as String does.
func (t TLP) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what ParseTLP reads; nothing is NoTLP.
func (t *TLP) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*t = NoTLP
		return nil
	}
	*t, err = ParseTLP(string(b))
	return err
}

// PAP is a label of the Permissible Actions Protocol: what a recipient may do with information (MISP's taxonomy PAP).
// They are ordered like those of TLP.
type PAP uint8

// The labels. NoPAP says that there is none.
const (
	NoPAP    PAP = iota
	PAPClear     // anything
	PAPGreen     // active actions, such as blocking or pinging the target
	PAPAmber     // passive cross-checks, such as asking a third party's service
	PAPRed       // nothing that can be detected from outside
)

var papLabels = [...]string{"", "CLEAR", "GREEN", "AMBER", "RED"}

// String gives the label, such as "PAP:AMBER", and "" where there is none.
func (p PAP) String() string {
	if p == NoPAP || int(p) >= len(papLabels) {
		return ""
	}
	return "PAP:" + papLabels[p]
}

// ParsePAP reads a label in any case, with or without "PAP:". WHITE is PAP:CLEAR.
func ParsePAP(s string) (PAP, error) {
	switch strings.TrimLeft(strings.TrimPrefix(squeeze(s), "PAP"), ":") {
	case "WHITE", "CLEAR":
		return PAPClear, nil
	case "GREEN":
		return PAPGreen, nil
	case "AMBER":
		return PAPAmber, nil
	case "RED":
		return PAPRed, nil
	}
	return NoPAP, fmt.Errorf("%.40q is no label of the Permissible Actions Protocol", s)
}
