package rtr

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/wire/rtr"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// model is what a cache holds, in the obvious way: texts in a map.
type model map[string]rtr.PDU

func key(p rtr.PDU) string {
	switch p := p.(type) {
	case rtr.Prefix:
		return fmt.Sprint(p.Prefix, p.MaxLength, p.ASN)
	case rtr.ASPA:
		return fmt.Sprint("customer", p.Customer)
	}
	return ""
}

func draw(t *rapid.T) rtr.PDU {
	asn := values.ASN(rapid.IntRange(1, 5).Draw(t, "asn"))
	if rapid.Bool().Draw(t, "aspa") {
		providers := rapid.SliceOfNDistinct(rapid.Map(rapid.IntRange(10, 15), func(i int) values.ASN { return values.ASN(i) }), 1, 4, rapid.ID[values.ASN]).Draw(t, "providers")
		slices.Sort(providers)
		return rtr.ASPA{Announce: true, Customer: asn, Providers: providers}
	}
	return v4(rapid.SampledFrom([]string{"10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "::/0", "::a00:0/104", "2001:db8::/32"}).Draw(t, "prefix"),
		uint8(rapid.SampledFrom([]int{32, 30}).Draw(t, "max")), asn)
}

// Whatever a cache announces and withdraws, whole or in steps, what is stored is what it holds.
func TestTableProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var held *table
		cache := model{}
		for range rapid.IntRange(1, 6).Draw(t, "answers") {
			whole := held == nil || rapid.Bool().Draw(t, "whole")
			if whole {
				cache = model{}
			}
			c := newChange(whole)
			for range rapid.IntRange(0, 12).Draw(t, "records") {
				p := draw(t)
				if prefix, ok := p.(rtr.Prefix); ok && prefix.Prefix.Addr().Is6() {
					prefix.MaxLength = 128
					p = prefix
				}
				k := key(p)
				_, there := cache[k]
				_, isASPA := p.(rtr.ASPA)
				switch {
				case there && (!isASPA || rapid.Bool().Draw(t, "withdraw")):
					delete(cache, k)
					if prefix, ok := p.(rtr.Prefix); ok {
						p = gone(prefix)
					} else {
						p = rtr.ASPA{Customer: p.(rtr.ASPA).Customer}
					}
				default:
					cache[k] = p
				}
				if err := c.add(p); err != nil {
					t.Fatal(err)
				}
			}
			var bad *rtr.Error
			if held, _, bad = c.apply(held); bad != nil {
				t.Fatal(bad)
			}
			compareStored(t, held, cache)
		}
	})
}

func compareStored(t *rapid.T, held *table, cache model) {
	var text bytes.Buffer
	if err := held.set(time.Unix(0, 0)).Write(&text); err != nil {
		t.Fatal(err)
	}
	set, err := vrp.Read(&text, func(p values.Problem) { t.Errorf("stored: %v", p) })
	if err != nil {
		t.Fatal(err)
	}
	got := model{}
	for _, v := range set.VRPs {
		p := rtr.Prefix{Announce: true, Prefix: v.Prefix, MaxLength: v.MaxLength, ASN: v.ASN}
		got[key(p)] = p
	}
	for _, a := range set.ASPAs {
		p := rtr.ASPA{Announce: true, Customer: a.Customer, Providers: a.Providers}
		got[key(p)] = p
	}
	if fmt.Sprint(got) != fmt.Sprint(cache) || len(set.VRPs)+len(set.ASPAs) != len(cache) {
		t.Fatalf("stored %v, the cache holds %v", got, cache)
	}
}
