package jsontree_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pahra/wire/jsontree"
)

var wide = jsontree.Limits{Size: 1 << 20, Depth: 50, Values: 10000}

func TestParseKeepsWhatWasWritten(t *testing.T) {
	const in = `{"b":1.50,"a":[true,false,null,-0,1e400,12345678901234567890],"ü\/\"":"\u00e9\ud83d\ude00\n","":{}}`
	const want = `{"b":1.50,"a":[true,false,null,-0,1e400,12345678901234567890],"ü/\"":"é😀\n","":{}}`
	v, err := jsontree.Parse([]byte(in), wide)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(v.Append(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", "{", "[", "{]", "[1", "[1,]", "[,1]", `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":1 "b":2}`, "[1 2]", "1 2",
		"01", "-", "1.", ".5", "1e", "1e+", "+1", "0x1", "NaN", "tru", "nul", `"`, `"a`, `"\`, `"\x"`, `"\u12"`, `"\u12g4"`, `"\ud800"`,
		`"\ud800\u0041"`, `"\udc00"`, "\"\n\"", "\"\\\n\"", "\"\xff\"", "\"\\n\xff\"", `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, "'a'", "[1]x",
	} {
		if v, err := jsontree.Parse([]byte(in), wide); err == nil {
			t.Errorf("%q is taken as %s", in, v.Append(nil))
		}
	}
}

func TestParseRefusesTwiceAmongMany(t *testing.T) {
	in := `{"x":1`
	for range 100 {
		in += `,"` + strings.Repeat("a", len(in)%97+1) + "b" + strings.Repeat("c", len(in)/97) + `":1`
	}
	if _, err := jsontree.Parse([]byte(in+`,"x":2}`), wide); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("got %v", err)
	}
}

func TestLimits(t *testing.T) {
	lim := jsontree.Limits{Size: 100, Depth: 3, Values: 5}
	for in, want := range map[string]error{
		`[[[]]]`: nil, `[[[[]]]]`: jsontree.ErrTooDeep, `{"a":{"a":{"a":{}}}}`: jsontree.ErrTooDeep,
		`[1,2,3,4]`: nil, `[1,2,3,4,5]`: jsontree.ErrTooMany, strings.Repeat(" ", 99) + "1": nil, strings.Repeat(" ", 100) + "1": jsontree.ErrTooLong,
	} {
		if _, err := jsontree.Parse([]byte(in), lim); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%q gives %v, want %v", in, err, want)
		}
	}
	deep := bytes.Repeat([]byte("["), 1<<20)
	if _, err := jsontree.Parse(deep, wide); !errors.Is(err, jsontree.ErrTooDeep) {
		t.Errorf("a million brackets give %v", err)
	}
}

// The example of RFC 8785 section 3.2.2, with its order of names (section 3.2.3).
func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`: `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`:                                                                                         "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}",
		`[-0,0.0,1e-7,123e-9,1e21,1e20,100,-5e-324,9007199254740993,1.7976931348623157e308]`:                                                                                  `[0,0,1e-7,1.23e-7,1e+21,100000000000000000000,100,-5e-324,9007199254740992,1.7976931348623157e+308]`,
	} {
		v, err := jsontree.Parse([]byte(in), wide)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.AppendCanonical(nil)
		if err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	}
	huge := jsontree.List(jsontree.Dict(jsontree.Member{Name: "a", Value: jsontree.Value{Kind: jsontree.Number, Text: "1e400"}}))
	if got, err := huge.AppendCanonical(nil); err == nil {
		t.Errorf("a number beyond doubles is %s", got)
	}
}

func TestGet(t *testing.T) {
	v, err := jsontree.Parse([]byte(`{"a":{"b":["x",3,2.0,2.5,true,"y",1e30]}}`), wide)
	if err != nil {
		t.Fatal(err)
	}
	b := v.Get("a").Get("b")
	if b.At(0).Str() != "x" || b.At(1).Str() != "" || !b.At(4).True() || b.At(0).True() || len(b.Strings()) != 2 {
		t.Errorf("got %s", b.Append(nil))
	}
	for i, want := range []int64{0, 3, 2, 0, 0, 0, 0} {
		if n, ok := b.At(i).Int(); n != want || ok != (want != 0) {
			t.Errorf("item %d is %d, %v", i, n, ok)
		}
	}
	if f, ok := b.At(3).Float(); f != 2.5 || !ok {
		t.Errorf("got %g, %v", f, ok)
	}
	var none *jsontree.Value
	if none.Get("a").At(3).Str() != "" || none.Strings() != nil || none.Is(jsontree.Null) || v.Get("z") != nil || b.At(9) != nil {
		t.Error("what is not there is there")
	}
}

func TestChange(t *testing.T) {
	v, err := jsontree.Parse([]byte(`{"a":1,"b":[{"c":2}],"d":3}`), wide)
	if err != nil {
		t.Fatal(err)
	}
	was := v.Clone()
	v.Get("b").At(0).Set("c", jsontree.Str("x"))
	v.Set("a", jsontree.Truth(true))
	v.Delete("d")
	v.Set("e", jsontree.List(jsontree.Int(-4), jsontree.Dict()))
	if got := string(v.Append(nil)); got != `{"a":true,"b":[{"c":"x"}],"e":[-4,{}]}` {
		t.Errorf("got %s", got)
	}
	if got := string(was.Append(nil)); got != `{"a":1,"b":[{"c":2}],"d":3}` {
		t.Errorf("the copy has become %s", got)
	}
}

func TestEqual(t *testing.T) {
	parse := func(s string) *jsontree.Value {
		v, err := jsontree.Parse([]byte(s), wide)
		if err != nil {
			t.Fatal(err)
		}
		return &v
	}
	for _, same := range [][2]string{{`{"a":1,"b":[1.0,2e1]}`, `{"b":[1,20.0],"a":1}`}, {`"\u0061"`, `"a"`}, {`null`, `null`}} {
		if !jsontree.Equal(parse(same[0]), parse(same[1])) {
			t.Errorf("%s is not %s", same[0], same[1])
		}
	}
	for _, other := range [][2]string{
		{`{"a":1}`, `{"a":1,"b":2}`}, {`{"a":1}`, `{"b":1}`}, {`[1,2]`, `[2,1]`}, {`[1]`, `[1,1]`}, {`"1"`, `1`}, {`true`, `false`},
		{`9007199254740993`, `9007199254740992`},
	} {
		if jsontree.Equal(parse(other[0]), parse(other[1])) {
			t.Errorf("%s is %s", other[0], other[1])
		}
	}
}

// items goes through a stream: arrays and the member "o" of objects by their items, all else as text.
func items(s *jsontree.Stream) (out []string, err error) {
	for {
		c, err := s.Peek()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if c == '[' {
			err = array(s, &out)
		} else if c == '{' {
			err = object(s, &out)
		} else {
			err = one(s, &out)
		}
		if err != nil {
			return out, err
		}
	}
}

func one(s *jsontree.Stream, out *[]string) error {
	raw, err := s.Raw()
	if errors.Is(err, jsontree.ErrTooLong) {
		raw, err = []byte("LONG"), nil
	}
	*out = append(*out, string(raw))
	return err
}

func array(s *jsontree.Stream, out *[]string) error {
	if err := s.Enter('['); err != nil {
		return err
	}
	for {
		more, err := s.More()
		if err != nil || !more {
			return err
		}
		if err := one(s, out); err != nil {
			return err
		}
	}
}

func object(s *jsontree.Stream, out *[]string) error {
	if err := s.Enter('{'); err != nil {
		return err
	}
	for {
		more, err := s.More()
		if err != nil || !more {
			return err
		}
		key, err := s.Key()
		if err != nil {
			return err
		}
		if c, _ := s.Peek(); key == "o" && c == '[' {
			*out = append(*out, "in")
			err = array(s, out)
		} else {
			*out = append(*out, key)
			err = one(s, out)
		}
		if err != nil {
			return err
		}
	}
}

func TestStream(t *testing.T) {
	long := `"` + strings.Repeat("x", 300) + `"`
	for in, want := range map[string]string{
		"": "", " \n": "", `1 "a" true[2]`: `1|"a"|true|2`, "\xef\xbb\xbf{}": "", `[]`: "",
		`{"a":1,"o":[{"x":"]}"},[[]],"\"",-1.5e3 , null],"b":{"o":[1]}}`:  `a|1|in|{"x":"]}"}|[[]]|"\""|-1.5e3|null|b|{"o":[1]}`,
		`[{"a":1,,},[1 2 3],` + long + `,7]`:                              `{"a":1,,}|[1 2 3]|LONG|7`,
		`[` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `,8]`: "LONG|8",
	} {
		for _, r := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in)), iotest.DataErrReader(strings.NewReader(in))} {
			got, err := items(jsontree.NewStream(r, 200))
			if err != nil || strings.Join(got, "|") != want {
				t.Errorf("%.60q gives %q, %v; want %q", in, got, err, want)
			}
		}
	}
}

func TestStreamRefuses(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1`: "unexpected EOF", `[1`: "unexpected EOF", `[1,`: "unexpected EOF", `{"a`: "unexpected EOF", `[1 2]`: "comma", `[1,]`: "missing",
		`{"a" 1}`: "colon", `{1:2}`: "name", `[{"a":[}]`: "closes nothing", `{"\ud800":1}`: "surrogate", `]`: "closes nothing", `{"o":[1}`: "comma",
	} {
		if got, err := items(jsontree.NewStream(strings.NewReader(in), 200)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %q, %v; want %q", in, got, err, want)
		}
	}
	broken := io.MultiReader(strings.NewReader(`[1,"a`), iotest.ErrReader(errors.New("the disk is gone")))
	if _, err := items(jsontree.NewStream(broken, 200)); err == nil || !strings.Contains(err.Error(), "disk") {
		t.Errorf("got %v", err)
	}
	s := jsontree.NewStream(strings.NewReader("1"), 10)
	if err := s.Enter('{'); err == nil {
		t.Error("a number is entered")
	}
}

// FuzzParse holds Parse against the standard library's reader, and writing against reading.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e-3,"\u00e9\ud83d\ude00",null,true],"b":{}}`, `[[[]]]`, `"\ud800"`, `{"a":1,"a":2}`, "\xef\xbb\xbf1", `-0`, "[1,]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := jsontree.Parse(data, wide)
		if err != nil {
			return
		}
		var want, got any
		if err := json.Unmarshal(data, &want); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("%q is taken, %v", data, err)
		}
		out := v.Append(nil)
		if err := json.Unmarshal(out, &got); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("%q is written as %q: %v", data, out, err)
		}
		a, _ := json.Marshal(want)
		if b, _ := json.Marshal(got); !bytes.Equal(a, b) {
			t.Fatalf("%s has become %s", a, b)
		}
		again, err := jsontree.Parse(out, wide)
		if err != nil || !jsontree.Equal(&v, &again) {
			t.Fatalf("%q does not come back: %v", out, err)
		}
		if canon, err := v.AppendCanonical(nil); err == nil {
			twice, err := jsontree.Parse(canon, wide)
			if err != nil {
				t.Fatalf("the canonical form %q: %v", canon, err)
			}
			if c, err := twice.AppendCanonical(nil); err != nil || !bytes.Equal(c, canon) {
				t.Fatalf("%q has the canonical form %q, %v", canon, c, err)
			}
		}
	})
}

// FuzzStream holds a stream's values against those that Parse finds.
func FuzzStream(f *testing.F) {
	for _, s := range []string{`[1,"a",{"b":[]}]`, `[]`, `[{"a":"]"},[[1],2]]`, `[tru`, `["\\",[}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := items(jsontree.NewStream(bytes.NewReader(data), 1<<20))
		slow, errSlow := items(jsontree.NewStream(iotest.OneByteReader(bytes.NewReader(data)), 1<<20))
		if (err == nil) != (errSlow == nil) || strings.Join(got, "|") != strings.Join(slow, "|") {
			t.Fatalf("by octets %q, %v; at once %q, %v", slow, errSlow, got, err)
		}
		v, errParse := jsontree.Parse(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), wide)
		if errParse != nil || v.Kind != jsontree.Array {
			return
		}
		if err != nil || len(got) != len(v.Items) {
			t.Fatalf("%q has %d items, the stream %q, %v", data, len(v.Items), got, err)
		}
		for i := range got {
			item, err := jsontree.Parse([]byte(got[i]), wide)
			if err != nil || !jsontree.Equal(&item, &v.Items[i]) {
				t.Fatalf("item %d of %q is %q, %v", i, data, got[i], err)
			}
		}
	})
}
