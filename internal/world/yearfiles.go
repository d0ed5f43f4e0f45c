package world

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// writeOnce writes what is the same all the year.
func (y *Year) writeOnce(sink Sink) error {
	w, err := y.networks()
	if err != nil {
		return err
	}
	for _, f := range []file{
		{"neighbourhoods/" + Association + ".yaml", buffered(w.writeAssociation)},
		{"sources.yaml", buffered(func(out *bufio.Writer) {
			line(out, "# Everything here is made up: no network, holder, exchange or contact in this folder exists, though their AS")
			line(out, "# numbers and prefixes are out of the ranges that registries hand out.")
			line(out, "- path: \"neighbourhoods/*.yaml\"\n  time: %s", y.p.Start.Format(time.RFC3339))
		})},
	} {
		if err := writeFile(sink, f); err != nil {
			return err
		}
	}
	return nil
}

// Association is the name of the neighbourhood of the association's members.
const Association = "lantern-coast"

func (w *world) writeAssociation(out *bufio.Writer) {
	line(out, "# A made-up association, to show what a neighbourhood is.")
	line(out, "name: %s\ntitle: Lantern Coast Internet Association\nasns:", Association)
	for i, n := range w.networks {
		if w.story.year.member(node(i)) {
			line(out, "  - AS%d # %s", n.asn, n.org.name)
		}
	}
}

// recordRelations keeps what is known of the relations, which is drawn once.
func (y *Year) recordRelations(w *world) error {
	w.rand = rand.New(rand.NewPCG(y.p.Seed, 0x72656c73))
	var out bytes.Buffer
	err := buffered(w.writeRelations)(&out)
	y.relations = out.Bytes()
	return err
}

// irrEvery and vrpEvery are how often a registry's dump and a validator's run are archived: before they count as too old.
const (
	irrEvery = 6 * day
	vrpEvery = day
)

// writeMonth writes the facts of a chapter of the past.
func (y *Year) writeMonth(sink Sink, w *world, until time.Time) error {
	list := w.datedFiles(w.p.Start)
	for _, source := range irrSources() {
		dump := once(w.irrFile(source))
		for at := w.p.Start; at.Before(until); at = at.Add(irrEvery) {
			list = append(list, file{irrPath(source, at), dump})
		}
	}
	vrps := w.vrps()
	for at := w.p.Start; at.Before(until); at = at.Add(vrpEvery) {
		list = append(list, file{"vrp/" + stamp(at) + ".json.gz", gzipped(buffered(func(out *bufio.Writer) { w.writeVRPs(out, vrps, at) }))})
	}
	if until.Equal(y.p.Until) || until.Day() == 1 && until.Equal(until.Truncate(day)) {
		list = append(list, w.testFile(until))
	}
	for _, f := range list {
		if err := writeFile(sink, f); err != nil {
			return err
		}
	}
	return nil
}

// Facts writes the facts of a moment of the present but for the VRPs, see [Year.VRPs].
func (y *Year) Facts(sink Sink, at time.Time) error {
	w, err := y.presently(at)
	if err != nil {
		return err
	}
	list := append(w.irrFiles(at), w.datedFiles(at)...)
	list = append(list, w.testFile(at))
	for _, f := range list {
		if err := writeFile(sink, f); err != nil {
			return err
		}
	}
	return nil
}

// stamp writes a moment in a file's name.
func stamp(at time.Time) string { return at.UTC().Format("20060102T1504Z") }

func writeVRPsOf(out io.Writer, w *world, at time.Time) error {
	return buffered(func(b *bufio.Writer) { w.writeVRPs(b, w.vrps(), at) })(out)
}

// datedFiles are the facts that are archived once a month.
func (w *world) datedFiles(at time.Time) (list []file) {
	add := func(path string, write func(*bufio.Writer)) {
		list = append(list, file{path + ".gz", gzipped(buffered(write))})
	}
	for _, rir := range rirs() {
		add(fmt.Sprintf("registry/delegated-%s-extended-%s", rir, stamp(at)), func(out *bufio.Writer) { w.writeDelegated(out, rir) })
	}
	add("relations/"+stamp(at)+".as-rel.txt", func(out *bufio.Writer) { _, _ = out.Write(w.story.year.relations) })
	add("relations/"+stamp(at)+".as-org2info.jsonl", w.writeOrganisations)
	add("bogons/fullbogons-ipv4."+stamp(at)+".txt", func(out *bufio.Writer) { w.writeBogons(out, bogons4()) })
	add("bogons/fullbogons-ipv6."+stamp(at)+".txt", func(out *bufio.Writer) { w.writeBogons(out, bogons6()) })
	add("peeringdb/net."+stamp(at)+".json", w.writePeeringNets)
	add("peeringdb/poc."+stamp(at)+".json", w.writePeeringContacts)
	add("peeringdb/ix."+stamp(at)+".json", w.writePeeringExchanges)
	add("peeringdb/netixlan."+stamp(at)+".json", w.writePeeringPorts)
	return list
}

// irrFiles are the registries' dumps.
func (w *world) irrFiles(at time.Time) (list []file) {
	for _, source := range irrSources() {
		list = append(list, file{irrPath(source, at), w.irrFile(source)})
	}
	return list
}

func irrPath(source string, at time.Time) string {
	name := strings.ToLower(source)
	return fmt.Sprintf("irr/%s/%s.db.%s.gz", name, name, stamp(at))
}

func (w *world) irrFile(source string) func(io.Writer) error {
	return gzipped(buffered(func(out *bufio.Writer) { w.writeIRR(out, source) }))
}

// once has a file that is written several times made the first time only.
func once(write func(io.Writer) error) func(io.Writer) error {
	var text []byte
	return func(out io.Writer) error {
		if text == nil {
			var made bytes.Buffer
			if err := write(&made); err != nil {
				return err
			}
			text = made.Bytes()
		}
		_, err := out.Write(text)
		return err
	}
}

// testFile are the tests for spoofing of the month, or of its first days.
func (w *world) testFile(until time.Time) file {
	return file{"spoofer/sessions." + until.Add(-time.Minute).Format("20060102T1504Z") + ".json.gz",
		gzipped(buffered(func(out *bufio.Writer) { w.writeTests(out, until) }))}
}

// tested tells whether somebody tests for spoofing in a network: in half of the association, in some others.
func (w *world) tested(n node) bool {
	share := 0.08
	if w.story.year.member(n) {
		share = 0.5
	}
	return fixed(int(n), 6) < share
}

// writeTests writes one test of each network in which somebody tests.
func (w *world) writeTests(out *bufio.Writer, until time.Time) {
	c := spoofCollection{Context: "/contexts/Session", ID: "/sessions", Type: "hydra:Collection", Members: []spoofSession{}}
	begin := time.Date(until.Year(), until.Month(), 1, 0, 0, 0, 0, time.UTC)
	if !begin.Before(until) {
		begin = begin.AddDate(0, -1, 0)
	}
	for i, n := range w.networks {
		at := begin.Add(time.Duration(fixed(i, 7) * float64(until.Sub(begin)))).Truncate(time.Second)
		if !w.tested(node(i)) {
			continue
		}
		state := "blocked"
		if w.spoofs(node(i), at) {
			state = "received"
		}
		id := int(begin.Unix()/86400)*10_000 + i
		c.Members = append(c.Members, spoofSession{ID: "/sessions/" + strconv.Itoa(id), Type: "Session", Session: id,
			Time: at.Format("2006-01-02T15:04:05+00:00"), Client4: sub(n.blocks[0], 24, 0).String(), ASN4: n.asn.String(),
			Country: strings.ToLower(n.org.country.code), Private: state, Routed: state})
	}
	c.Total = len(c.Members)
	indented(out, c)
}
