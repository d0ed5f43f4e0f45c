// Command invert tries to find the addresses behind the ids of a bundle of copies: it makes the deterministic id that STIX gives to each of all
// IPv4 addresses, on one core, and looks for it among all UUIDs of the bundle. An address is hidden only if that finds nothing.
//
//	invert -copies copies.json -originals objects.json
//
// The ids of the originals are looked for beside, to show that the search finds what is there. It ends with 1 if it finds an address behind an
// id of a copy, or not all those of the originals that it looks for.
package main

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func main() {
	copies, originals := flag.String("copies", "", "the bundle that a partner gets"), flag.String("originals", "", "the bundle that it was made of")
	last := flag.Uint64("until", 1<<32, "how many addresses to try, from 0.0.0.0 on, or from the end with -back")
	back := flag.Bool("back", false, "try the last addresses")
	flag.Parse()
	if err := run(*copies, *originals, *last, *back); err != nil {
		fmt.Fprintln(os.Stderr, "invert:", err)
		os.Exit(1)
	}
}

// id is a UUID as it is compared: without version and variant.
type id [2]uint64

func idOf(sum []byte) id {
	return id{binary.BigEndian.Uint64(sum) &^ 0xf000, binary.BigEndian.Uint64(sum[8:]) &^ (3 << 62)}
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// readIDs gives all UUIDs of a file, wherever they stand.
func readIDs(name string) (map[id]bool, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	found := map[id]bool{}
	for _, m := range uuids.FindAll(text, -1) {
		octets, err := hex.DecodeString(strings.ReplaceAll(string(m), "-", ""))
		if err != nil {
			return nil, err
		}
		found[idOf(octets)] = true
	}
	return found, nil
}

// addresses counts the IPv4 addresses, other than networks, of a bundle in a range.
func addresses(name string, from, to uint64) (int, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	var bundle struct {
		Objects []struct{ Type, Value string }
	}
	if err := json.Unmarshal(text, &bundle); err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for _, o := range bundle.Objects {
		var a, b, c, d uint64
		if _, err := fmt.Sscanf(o.Value, "%d.%d.%d.%d", &a, &b, &c, &d); o.Type == "ipv4-addr" && err == nil && !strings.Contains(o.Value, "/") {
			if n := a<<24 | b<<16 | c<<8 | d; n >= from && n < to {
				seen[o.Value] = true
			}
		}
	}
	return len(seen), nil
}

func run(copies, originals string, count uint64, back bool) error {
	from, to := uint64(0), min(count, 1<<32)
	if back {
		from, to = 1<<32-to, 1<<32
	}
	hidden, err := readIDs(copies)
	if err != nil {
		return err
	}
	known, err := readIDs(originals)
	if err != nil {
		return err
	}
	want, err := addresses(originals, from, to)
	if err != nil {
		return err
	}
	start := time.Now()
	behind, control := search(hidden, known, from, to)
	took := time.Since(start)
	fmt.Printf("%d addresses tried on one core in %s, %.1f million a second: %d behind %d ids of copies, %d of %d behind those of the originals\n",
		to-from, took.Round(time.Second), float64(to-from)/took.Seconds()/1e6, behind, len(hidden), control, want)
	switch {
	case behind > 0:
		return errors.New("addresses can be found by the ids of copies")
	case want == 0 || control != want:
		return errors.New("the search does not find what is there")
	}
	return nil
}

// search tries the addresses of a range.
func search(hidden, known map[id]bool, from, to uint64) (behind, control int) {
	text := append([]byte("\x00\xab\xed\xb4\xaa\x42\x46\x6c\x9c\x01\xfe\xd2\x33\x15\xa9\xb7"), `{"value":"`...)
	head := len(text)
	filter := make([]bool, 1<<20) // by the first 20 bits
	for _, set := range []map[id]bool{hidden, known} {
		for one := range set {
			filter[one[0]>>44] = true
		}
	}
	begin := head // where the last number of an address begins
	for n := from; n < to; n++ {
		if n&255 == 0 || n == from {
			text = text[:head]
			for shift := 24; shift > 0; shift -= 8 {
				text = append(strconv.AppendUint(text, n>>shift&255, 10), '.')
			}
			begin = len(text)
		}
		text = append(strconv.AppendUint(text[:begin], n&255, 10), `"}`...)
		sum := sha1.Sum(text)
		if !filter[uint32(sum[0])<<12|uint32(sum[1])<<4|uint32(sum[2])>>4] {
			continue
		}
		one := idOf(sum[:16])
		if hidden[one] {
			behind++
		}
		if known[one] {
			control++
		}
	}
	return behind, control
}
