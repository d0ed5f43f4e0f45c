package refresh

import (
	"errors"
	"io"

	"pahra/wire/bogons"
	"pahra/wire/delegated"
	"pahra/wire/rpsl"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// count reads one file of a parcel and adds what it holds to counts, by part. Kinds whose size says nothing are read to
// their end only.
func (p *parcel) count(r io.Reader, counts map[string]int) error {
	quiet := func(values.Problem) {}
	switch p.kind {
	case "vrp":
		set, err := vrp.Read(r, quiet)
		if err != nil {
			return err
		}
		for part, n := range anchors(set) {
			counts[part] += n
		}
		return some(len(set.VRPs))
	case "bogons":
		list, err := bogons.Read(r, quiet)
		if err != nil {
			return err
		}
		counts["prefixes"] += len(list.Entries)
		return some(len(list.Entries))
	case "irr":
		before := counts["objects"]
		err := rpsl.Read(r, quiet, func(o *rpsl.Object) error {
			if o.Is("route") || o.Is("route6") {
				counts["routes"]++
			}
			counts["objects"]++
			return nil
		})
		return errors.Join(err, some(counts["objects"]-before))
	case "registry":
		if !p.delegated() {
			break
		}
		before := counts["records"]
		err := delegated.Read(r, quiet, func(delegated.Record) error {
			counts["records"]++
			return nil
		})
		return errors.Join(err, some(counts["records"]-before))
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		return err
	}
	return some(int(n))
}

// some refuses a file that holds nothing.
func some(n int) error {
	if n == 0 {
		return errors.New("it holds nothing")
	}
	return nil
}
