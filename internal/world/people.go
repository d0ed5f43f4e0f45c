package world

import (
	"bufio"
	"strconv"
	"strings"
	"time"
)

// spoofSession is a session as the Spoofer Data API writes it.
type spoofSession struct {
	ID       string  `json:"@id"`
	Type     string  `json:"@type"`
	Session  int     `json:"session"`
	Time     string  `json:"timestamp"`
	Client4  string  `json:"client4"`
	ASN4     string  `json:"asn4"`
	Client6  *string `json:"client6"`
	ASN6     *string `json:"asn6"`
	Country  string  `json:"country"`
	NAT4     bool    `json:"nat4"`
	NAT6     *bool   `json:"nat6"`
	Private  string  `json:"privatespoof"`
	Routed   string  `json:"routedspoof"`
	Private6 *string `json:"privatespoof6"`
	Routed6  *string `json:"routedspoof6"`
}

// spoofCollection is a page of them.
type spoofCollection struct {
	Context string         `json:"@context"`
	ID      string         `json:"@id"`
	Type    string         `json:"@type"`
	Members []spoofSession `json:"hydra:member"`
	Total   int            `json:"hydra:totalItems"`
}

// writeSpoofer writes sessions as CAIDA's Spoofer Data API gives them: for every seventh stub network one test in the
// month of the start, some of which show spoofed packets getting out.
func (w *world) writeSpoofer(out *bufio.Writer) {
	c := spoofCollection{Context: "/contexts/Session", ID: "/sessions", Type: "hydra:Collection", Members: []spoofSession{}}
	for i := int(w.tiers[regional]); i < len(w.networks); i += 7 {
		n, id := w.networks[i], 100000+len(c.Members)
		private, routed := "blocked", "blocked"
		if i%4 == 0 {
			private, routed = "received", "received"
		}
		at := w.p.Start.Add(-time.Duration(2+i%100) * time.Hour)
		c.Members = append(c.Members, spoofSession{ID: "/sessions/" + strconv.Itoa(id), Type: "Session", Session: id,
			Time: at.Format("2006-01-02T15:04:05+00:00"), Client4: sub(n.blocks[0], 24, 0).String(), ASN4: n.asn.String(),
			Country: strings.ToLower(n.org.country.code), NAT4: i%5 == 0, Private: private, Routed: routed})
	}
	c.Total = len(c.Members)
	indented(out, c)
}

// writeNeighbourhood writes a demonstration association: a made-up society and the Indian networks that joined it.
func (w *world) writeNeighbourhood(out *bufio.Writer) {
	line(out, "# A made-up association, to show what a neighbourhood is.")
	line(out, "name: lantern-coast\ntitle: Lantern Coast Internet Society\nasns:")
	for i, n := range w.networks {
		if n.org.country.code == "IN" && n.tier != tier1 && i%2 == 0 {
			line(out, "  - AS%d # %s", n.asn, n.org.name)
		}
	}
}
