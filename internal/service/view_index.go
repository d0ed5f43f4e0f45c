package service

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"pahra/internal/norms"
	"pahra/internal/source/folder"
	"pahra/wire/values"
)

// viewIndex finds what a run says of one network or prefix without reading the run again: routes and registry facts in
// memory, scores and incidents by where their lines begin. It gives what [Pages] reads from the files.
type viewIndex struct {
	scores, comparisons, incidents *lineIndex
	routes                         []routeCell // by origin, then as in the archive
	byPrefix                       []int32     // routes by prefix, then by origin
	words                          []string    // what routes name by number
	networks                       map[values.ASN]networkRow
	lists                          map[values.ASN][]string
	explained                      map[values.ASN][]explainedRow
	relations                      map[values.ASN][]relationRow
}

// routeCell is an announcementRow in a quarter of its space.
type routeCell struct {
	prefix                          netip.Prefix
	first, last                     int64
	origin                          values.ASN
	sessions                        int32
	objects                         int32
	month, rov, irr, irrAuth, bogon uint16
}

func newViewIndex(r *Run, networks map[values.ASN]networkRow) (x *viewIndex, err error) {
	x = &viewIndex{
		networks: networks, lists: make(map[values.ASN][]string),
		explained: make(map[values.ASN][]explainedRow), relations: make(map[values.ASN][]relationRow),
	}
	defer func() {
		if err != nil {
			x.close()
		}
	}()
	for _, step := range []func() error{
		func() (err error) { x.scores, err = newLineIndex(r, scoresFile); return err },
		func() (err error) { x.comparisons, err = newLineIndex(r, comparisonFile); return err },
		func() (err error) { x.incidents, err = newLineIndex(r, incidentsFile); return err },
		func() error { return x.readRoutes(r) },
		func() error {
			return eachOf(r, neighbourhoodsSegment, func(row neighbourhoodRow) {
				asn := values.ASN(row.ASN)
				x.lists[asn] = append(x.lists[asn], row.Name)
			})
		},
		func() error { return x.readExplained(r) },
		func() error {
			return eachOf(r, relationsSegment, func(row relationRow) {
				x.relations[values.ASN(row.A)] = append(x.relations[values.ASN(row.A)], row)
				x.relations[values.ASN(row.B)] = append(x.relations[values.ASN(row.B)], row)
			})
		},
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (x *viewIndex) close() error {
	var first error
	for _, l := range []*lineIndex{x.scores, x.comparisons, x.incidents} {
		if l != nil {
			first = cmp.Or(first, l.file.Close())
		}
	}
	return first
}

func (x *viewIndex) readExplained(r *Run) error {
	return eachOf(r, "explained.parquet", func(row explainedRow) {
		asn, victim := values.ASN(row.ASN), values.ASN(row.Victim)
		x.explained[asn] = append(x.explained[asn], row)
		if victim != asn && victim != 0 {
			x.explained[victim] = append(x.explained[victim], row)
		}
	})
}

// maxWords bounds the distinct months and verdicts of a run; there are a few dozen.
const maxWords = 1 << 16

func (x *viewIndex) readRoutes(r *Run) error {
	numbers := make(map[string]int32)
	number := func(word string) int32 {
		n, ok := numbers[word]
		if !ok {
			n = int32(len(x.words))
			numbers[word], x.words = n, append(x.words, word)
		}
		return n
	}
	var bad error
	var objects []string // numbered after the verdicts, so that those stay small
	err := eachOf(r, "announcements.parquet", func(row announcementRow) {
		p, err := netip.ParsePrefix(row.Prefix)
		if err != nil {
			bad = fmt.Errorf("announcements.parquet: %w", err)
			return
		}
		x.routes = append(x.routes, routeCell{
			prefix: p, first: row.First, last: row.Last, origin: values.ASN(row.Origin), sessions: row.Sessions,
			month: uint16(number(row.Month)), rov: uint16(number(row.ROV)), irr: uint16(number(row.IRR)),
			irrAuth: uint16(number(row.IRRAuth)), bogon: uint16(number(row.Bogon)),
		})
		objects = append(objects, row.Objects)
	})
	if err = cmp.Or(err, bad); err != nil {
		return err
	}
	if len(x.words) > maxWords {
		return fmt.Errorf("announcements.parquet: %d different months and verdicts", len(x.words))
	}
	for n, text := range objects {
		x.routes[n].objects = number(text)
	}
	x.routes = slices.Clip(x.routes)
	slices.SortStableFunc(x.routes, func(a, b routeCell) int { return cmp.Compare(a.origin, b.origin) })
	x.byPrefix = make([]int32, len(x.routes))
	for n := range x.byPrefix {
		x.byPrefix[n] = int32(n)
	}
	slices.SortStableFunc(x.byPrefix, func(a, b int32) int { return comparePrefix(x.routes[a].prefix, x.routes[b].prefix) })
	return nil
}

func comparePrefix(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// row gives a route as the archive has it.
func (x *viewIndex) row(c *routeCell) announcementRow {
	return announcementRow{
		Month: x.words[c.month], Prefix: c.prefix.String(), Origin: uint32(c.origin), Sessions: c.sessions, First: c.first, Last: c.last,
		ROV: x.words[c.rov], IRR: x.words[c.irr], IRRAuth: x.words[c.irrAuth], Bogon: x.words[c.bogon], Objects: x.words[c.objects],
	}
}

// cellsOf gives the routes of an origin.
func (x *viewIndex) cellsOf(asn values.ASN) []routeCell {
	from, _ := slices.BinarySearchFunc(x.routes, asn, func(c routeCell, a values.ASN) int { return cmp.Compare(c.origin, a) })
	to := from
	for to < len(x.routes) && x.routes[to].origin == asn {
		to++
	}
	return x.routes[from:to]
}

// overlapping gives the routes whose prefix is p, covers it or lies within it, at most most of the last. They are in
// order of prefix.
func (x *viewIndex) overlapping(p netip.Prefix, most int) (rows []announcementRow, more int) {
	find := func(q netip.Prefix) int {
		n, _ := slices.BinarySearchFunc(x.byPrefix, q, func(n int32, q netip.Prefix) int { return comparePrefix(x.routes[n].prefix, q) })
		return n
	}
	for bits := 0; bits < p.Bits(); bits++ {
		q := netip.PrefixFrom(p.Addr(), bits).Masked()
		for n := find(q); n < len(x.byPrefix) && x.routes[x.byPrefix[n]].prefix == q; n++ {
			rows = append(rows, x.row(&x.routes[x.byPrefix[n]]))
		}
	}
	within := 0
	for n := find(p); n < len(x.byPrefix) && p.Contains(x.routes[x.byPrefix[n]].prefix.Addr()); n++ {
		if c := &x.routes[x.byPrefix[n]]; c.prefix == p || within < most {
			rows = append(rows, x.row(c))
			if c.prefix != p {
				within++
			}
		} else {
			more++
		}
	}
	return rows, more
}

// material gives what the run says of a network, its incidents aside.
func (x *viewIndex) material(asn values.ASN, at time.Time) (*material, error) {
	m := &material{
		at: at, scores: make(map[values.ASN][]norms.Score), routes: make(map[values.ASN][]announcementRow),
		networks: make(map[values.ASN]networkRow), lists: map[values.ASN][]string{asn: x.lists[asn]}, explained: x.explained[asn],
	}
	if row, ok := x.networks[asn]; ok {
		m.networks[asn] = row
	}
	cells := x.cellsOf(asn)
	rows := make([]announcementRow, 0, len(cells))
	for n := range cells {
		rows = append(rows, x.row(&cells[n]))
	}
	m.routes[asn] = rows
	err := x.scores.each(asn, func(line []byte) error {
		var s norms.Score
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		m.scores[asn] = append(m.scores[asn], s)
		return nil
	})
	return m, err
}

// comparison gives how a network stands by size in a month; nil where the run did not score it.
func (x *viewIndex) comparison(asn values.ASN, month values.Month) (found *norms.Comparison, err error) {
	err = x.comparisons.each(asn, func(line []byte) error {
		var one norms.Comparison
		if err := json.Unmarshal(line, &one); err != nil {
			return err
		}
		if one.Month == month {
			found = &one
		}
		return nil
	})
	return found, err
}

// lineIndex knows where in a file of JSON lines, which ascend by network, those of each network begin; of a file that
// begins with something else, where each line does.
type lineIndex struct {
	file  *os.File
	asns  []values.ASN
	begin []int64 // one more than asns, or than lines
}

func newLineIndex(r *Run, name string) (*lineIndex, error) {
	x, at, last := &lineIndex{}, int64(0), int64(-1)
	head := []byte(`{"asn":`)
	err := r.lines(name, func(line []byte) error {
		if number, ok := bytes.CutPrefix(line, head); ok {
			number, _, _ = bytes.Cut(number, []byte(","))
			n, err := strconv.ParseUint(string(number), 10, 32)
			if err != nil || int64(n) < last {
				return fmt.Errorf("AS%s does not follow AS%d", number, last)
			}
			if int64(n) != last {
				x.asns, x.begin, last = append(x.asns, values.ASN(n)), append(x.begin, at), int64(n)
			}
		} else {
			x.begin = append(x.begin, at)
		}
		at += int64(len(line)) + 1
		return nil
	})
	if err != nil {
		return nil, err
	}
	x.begin = append(x.begin, at)
	x.file, err = folder.OpenRegular(filepath.Join(r.dir, name))
	return x, err
}

// each gives every line of a network.
func (x *lineIndex) each(asn values.ASN, visit func(line []byte) error) error {
	n, ok := slices.BinarySearch(x.asns, asn)
	if !ok {
		return nil
	}
	text, err := x.text(n)
	for err == nil && len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		err, text = visit(line), rest
	}
	return err
}

// text gives the lines of the n-th network, or the n-th line.
func (x *lineIndex) text(n int) ([]byte, error) {
	text := make([]byte, x.begin[n+1]-x.begin[n])
	if _, err := x.file.ReadAt(text, x.begin[n]); err != nil && err != io.EOF {
		return nil, fmt.Errorf("reading the run: %w", err)
	}
	return text, nil
}
