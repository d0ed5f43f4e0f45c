package pattern_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/stix/pattern"
)

// What String writes of a pattern; each is read again as the same tree.
var good = map[string]string{
	`[ipv4-addr:value = '198.51.100.7']`:                                     "",
	`[a:b==1 OR a:b<>-2.5 AND a:c>=+3]`:                                      `[a:b = 1 OR a:b != -2.5 AND a:c >= +3]`,
	`[(a:b = 1 OR a:b = 2) AND a:c = true]`:                                  "",
	`[a:b = 1] FOLLOWEDBY [a:b = 2] OR [a:b = 3] AND [a:b = 4]`:              "",
	`([a:b=1] OR [a:b=2]) WITHIN 5 SECONDS WITHIN 1.5 SECONDS`:               `([a:b = 1] OR [a:b = 2]) WITHIN 5 SECONDS WITHIN 1.5 SECONDS`,
	`[a:b = 1] START t'2026-01-02T03:04:05Z' STOP t'2026-01-03T03:04:60.5Z'`: "",
	`[a:b = 1] REPEATS 9 TIMES WITHIN 10 SECONDS`:                            "",
	`[file:hashes.'SHA-256' IN ('a', 'b')]`:                                  "",
	`[a:b NOT IN ()]`:                                                        "",
	`[a:b IN (1,true,h'0aFF',b'AAAA',t'2026-01-02T03:04:05Z')]`:              `[a:b IN (1, true, h'0aFF', b'AAAA', t'2026-01-02T03:04:05Z')]`,
	`[a:b.c[0].d[*]['x'].e = 1]`:                                             "bad",
	`[a:b.c[0].d[*].'e f' = 1]`:                                              "",
	`[EXISTS a-b:c] AND [NOT EXISTS a:'AND']`:                                "",
	`[a:b NOT LIKE 'x%' AND a:b NOT MATCHES '^\\d\'']`:                       "",
	`[a:b ISSUBSET '192.0.2.0/24' OR a:b ISSUPERSET '2001:db8::/32']`:        "",
	"[ a : b=1 ] // one\n\tAND /* two */\u00a0[a:'b'=.5]":                    `[a:b = 1] AND [a:b = .5]`,
	`[a:b = 'é"' OR a:'' = '']`:                                              "",
}

func TestParse(t *testing.T) {
	for in, want := range good {
		p, err := pattern.Parse(in)
		if want == "bad" {
			if err == nil {
				t.Errorf("%s is taken", in)
			}
			continue
		}
		if want == "" {
			want = in
		}
		if err != nil || p.String() != want {
			t.Errorf("%s is %v, %v", in, p, err)
			continue
		}
		again, err := pattern.Parse(want)
		if err != nil || !cmp.Equal(p, again) {
			t.Errorf("%s: %v %s", want, err, cmp.Diff(p, again))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		``, `a:b = 1`, `[]`, `()`, `[a:b = 1`, `([a:b = 1]`, `[a:b = 1])`, `[a:b]`, `[a:b =]`, `[a:b = x]`, `[a.b = 1]`, `[a: = 1]`, `[:b = 1]`, `[a:b-c = 1]`,
		`[a:b = 'x]`, `[a:b = '\d']`, `[a:b = "x"]`, `[a:b = 01]`, `[a:b = 1.]`, `[a:b = 1e5]`, `[a:b = TRUE]`, `[a:b < true]`, `[a:b LIKE 1]`, `[a:b IN 1]`,
		`[a:b IN (1,)]`, `[a:b IN (1 2)]`, `[a:b IN (1`, `[a:b = h'0']`, `[a:b = h'0g']`, `[a:b = b'']`, `[a:b = b'====']`, `[a:b = b'AAA']`, `[a:b = b'A===']`,
		`[a:b = t'2026-13-01T00:00:00Z']`, `[a:b = t'2026-02-30T00:00:00Z']`, `[a:b = t'2026-01-01T00:00:00']`, `[a:b = t'2026-01-01T00:00:00.Z']`, `[a:b = t'`,
		`[a:b = 1] AND`, `[a:b = 1] and [a:b = 2]`, `[a:b = 1][a:b = 2]`, `[a:b = 1] WITHIN 5`, `[a:b = 1] WITHIN -5 SECONDS`, `[a:b = 1] WITHIN 5 SECONDS WITHIN 6 SECONDS`,
		`[a:b = 1] REPEATS 1.5 TIMES`, `[a:b = 1] START '2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'`, `[a:b = 1] START t'2026-01-01T00:00:00Z'`,
		`[AND:b = 1]`, `[a:IN = 1]`, `[a:b NOT 1]`, `[NOT a:b = 1]`, `[a:b NOT NOT = 1]`, `[a:b[1.5] = 1]`, `[a:b[] = 1]`, `[a:b[0 = 1]`, `[a:b. = 1]`, `[a:b =? 1]`,
		`[a:b = 1] /* x`, `[a:b = 1];`, "[a:b = 1]\x00", "[a:b\xff = 1]", `[(a:b = 1]`, `[1a:b = 1]`, `[a:b MATCHES /x/]`,
	} {
		if p, err := pattern.Parse(in); err == nil {
			t.Errorf("%q is taken as %s", in, p)
		}
	}
}

func TestErrorSaysWhere(t *testing.T) {
	for in, want := range map[string]string{
		`[file:size = ]`:           `at character 14: "]" stands where a value should`,
		`[a:b = 1] WITHIN 5 HOURS`: `at character 20: "HOURS" stands where SECONDS should`,
		`[a:b = 1] OR`:             "at character 13: an observation, [ or ( is missing",
	} {
		if _, err := pattern.Parse(in); err == nil || err.Error() != want {
			t.Errorf("%s gives %v, want %s", in, err, want)
		}
	}
}

func TestBounds(t *testing.T) {
	for _, in := range []string{
		strings.Repeat("(", 1000000), "[" + strings.Repeat("(", 1000000), strings.Repeat("(", 101) + "[a:b=1]" + strings.Repeat(")", 101),
		"[a:b='" + strings.Repeat("x", 1<<20) + "']",
	} {
		if _, err := pattern.Parse(in); !errors.Is(err, pattern.ErrTooLong) {
			t.Errorf("%.20s… of %d gives %v", in, len(in), err)
		}
	}
	wide := "[a:b=1" + strings.Repeat(" OR a:b=1", 100000) + "]"
	p, err := pattern.Parse(wide)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range p.Tests() {
		n++
	}
	if n != 100001 {
		t.Errorf("%d tests", n)
	}
}

func TestTests(t *testing.T) {
	p, err := pattern.Parse(`([file:hashes.MD5 = 'x' AND (file:size > 5 OR file:name NOT IN ('a','b'))] REPEATS 2 TIMES) FOLLOWEDBY [EXISTS a:b[*].c]`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for c := range p.Tests() {
		got = append(got, fmt.Sprintf("%s %v %s %d", c.Path, c.Negated, c.Op, len(c.Values)))
	}
	want := []string{"file:hashes.MD5 false = 1", "file:size false > 1", "file:name true IN 2", "a:b[*].c false EXISTS 0"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for range p.Tests() {
		break
	}
}

func TestParseTime(t *testing.T) {
	for in, want := range map[string]string{
		"2026-01-02T03:04:05Z": "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678901Z": "2026-01-02T03:04:05.678901Z", "2016-12-31T23:59:60.5Z": "2016-12-31T23:59:59.5Z",
		"2024-02-29T00:00:00.000Z": "2024-02-29T00:00:00Z",
	} {
		if got, err := pattern.ParseTime(in); err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s is %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "Z", "2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00", "2026-01-02t03:04:05Z", "2026-01-02 03:04:05Z", "2026-1-02T03:04:05Z",
		"2026-01-02T03:04:05.Z", "2026-01-02T03:04:05,5Z", "2026-01-02T24:04:05Z", "2023-02-29T00:00:00Z", "2026-01-02T03:04:05.5.5Z", "2026-01-02T03:04Z", "02026-01-02T03:04:05Z"} {
		if got, err := pattern.ParseTime(in); err == nil {
			t.Errorf("%q is taken as %v", in, got)
		}
	}
}

// FuzzParse holds that what is taken is written so that the same is taken again.
func FuzzParse(f *testing.F) {
	for in := range good {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		p, err := pattern.Parse(in)
		if err != nil {
			return
		}
		again, err := pattern.Parse(p.String())
		if err != nil || !cmp.Equal(p, again) {
			t.Fatalf("%q is written as %q, %v", in, p, err)
		}
	})
}
