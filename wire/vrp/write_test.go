package vrp_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/wire/values"
	"pahra/wire/vrp"
)

// What is written is read back alike, in each form that it was read from.
func TestWrite(t *testing.T) {
	inputs := map[string]string{
		"empty": `{"roas":[]}`,
		"rpki-client": `{"metadata":{"buildtime":"2025-07-20T09:31:33Z"},"roas":[{"asn":64500,"prefix":"192.0.2.0/24","maxLength":24,"ta":"a","expires":1},
			{"asn":0,"prefix":"2001:db8::/32","maxLength":48,"ta":"b \"quoted\" <é>","expires":1784539893}],
			"aspas":[{"customer_asid":64500,"expires":7,"providers":[64501,64502]},{"customer_asid":64503,"providers":[0]}],
			"bgpsec_keys":[{"asn":64500,"ski":"000102030405060708090A0B0C0D0E0F10111213","pubkey":"MFkw","ta":"a","expires":1}]}`,
		"CSV": "ASN,IP Prefix,Max Length\nAS1,10.0.0.0/8,24\n",
	}
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			want, err := vrp.Read(strings.NewReader(input), func(p values.Problem) { t.Error(p) })
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := want.Write(&text); err != nil {
				t.Fatal(err)
			}
			got, err := vrp.Read(&text, func(p values.Problem) { t.Error(p) })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, compare, cmpopts.IgnoreUnexported(vrp.Set{})); diff != "" {
				t.Error(diff)
			}
		})
	}
	full := errors.New("full")
	if err := (&vrp.Set{}).Write(iotest.TruncateWriter(failing{full}, 1<<20)); !errors.Is(err, full) {
		t.Errorf("a disk that is full: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
