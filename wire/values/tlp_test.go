package values_test

import (
	"testing"

	"pahra/wire/values"
)

func TestParseTLP(t *testing.T) {
	for in, want := range map[string]values.TLP{
		"TLP:CLEAR": values.TLPClear, "tlp:white": values.TLPClear, "White": values.TLPClear, "TLP:GREEN": values.TLPGreen,
		"amber": values.TLPAmber, "TLP:AMBER+STRICT": values.TLPAmberStrict, "tlp:amber+strict": values.TLPAmberStrict,
		"AMBER STRICT": values.TLPAmberStrict, "amber_strict": values.TLPAmberStrict, "TLP-AMBER-STRICT": values.TLPAmberStrict,
		"[TLP: RED]": values.TLPRed, "tlp red": values.TLPRed,
	} {
		got, err := values.ParseTLP(in)
		if err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", in, got, err, want)
		}
		if again, err := values.ParseTLP(got.String()); err != nil || again != got {
			t.Errorf("%q does not come back: %v, %v", got.String(), again, err)
		}
	}
	for _, in := range []string{"", "tlp:", "tlp:ex:chr", "tlp:unclear", "AMBER+", "orange", "TLP:RED:AMBER", "pap:red", "rot"} {
		if got, err := values.ParseTLP(in); err == nil {
			t.Errorf("%q is taken as %v", in, got)
		}
	}
}

func TestTLPOrder(t *testing.T) {
	if got := max(values.TLPClear, values.TLPAmber, values.NoTLP, values.TLPAmberStrict, values.TLPGreen); got != values.TLPAmberStrict {
		t.Errorf("the most restricted is %v", got)
	}
	if l, ok := values.TLPClear.V1(); l != "WHITE" || !ok {
		t.Errorf("TLP:CLEAR was %q, %v", l, ok)
	}
	if l, ok := values.TLPAmberStrict.V1(); l != "" || ok {
		t.Errorf("TLP:AMBER+STRICT had %q in version 1, %v", l, ok)
	}
	if values.NoTLP.String() != "" || values.TLP(77).String() != "" {
		t.Error("what is no label has a name")
	}
}

func TestTLPText(t *testing.T) {
	var l values.TLP
	if err := l.UnmarshalText([]byte("tlp:green")); err != nil || l != values.TLPGreen {
		t.Errorf("got %v, %v", l, err)
	}
	if b, _ := l.MarshalText(); string(b) != "TLP:GREEN" {
		t.Errorf("got %s", b)
	}
	if err := l.UnmarshalText(nil); err != nil || l != values.NoTLP {
		t.Errorf("got %v, %v", l, err)
	}
}

func TestParsePAP(t *testing.T) {
	for in, want := range map[string]values.PAP{"PAP:RED": values.PAPRed, "pap:white": values.PAPClear, "amber": values.PAPAmber, "PAP:GREEN": values.PAPGreen} {
		if got, err := values.ParsePAP(in); err != nil || got != want {
			t.Errorf("%q is %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "pap:", "tlp:red", "PAP:AMBER+STRICT"} {
		if got, err := values.ParsePAP(in); err == nil {
			t.Errorf("%q is taken as %v", in, got)
		}
	}
	if values.PAPClear.String() != "PAP:CLEAR" || values.NoPAP.String() != "" || values.PAP(9).String() != "" {
		t.Error("labels are not as they are written")
	}
}
