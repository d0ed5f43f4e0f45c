package rtr

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"pahra/internal/source"
)

// never is later than any moment that is waited for.
func never() time.Time { return time.Now().Add(365 * 24 * time.Hour) }

// due is when what is held is to be stored next.
func (c *Client) due() time.Time {
	switch {
	case c.held == nil:
		return never()
	case c.stored.IsZero():
		return time.Unix(0, 0) // at once
	case c.changed:
		return c.stored.Add(c.config.Every)
	}
	return c.stored.Add(c.config.Confirm)
}

// store puts what is held into the depot, if it is time. What cannot be stored is tried again when it is time again.
func (c *Client) store(ctx context.Context) {
	c.expire()
	if c.held == nil || time.Now().Before(c.due()) {
		return
	}
	c.stored = time.Now()
	if len(c.held.vrps) == 0 {
		c.setAlarm("the validator has no VRPs at all: nothing was stored")
		c.meter.Failed(errors.New("the validator has no VRPs at all"))
		return
	}
	c.setAlarm("")
	at, held := c.stored.UTC(), c.held
	err := c.depot.Put(ctx, source.Fact{Source: c.name, Kind: "vrp", Format: "json", Time: at,
		Counts: map[string]int{"VRPs": len(held.vrps)},
		Write:  func(w io.Writer) error { return held.write(w, at) }})
	if err != nil {
		c.meter.Failed(err)
		c.log.Warn("VRPs were not stored", "error", err)
		return
	}
	c.changed = false
}

func (c *Client) setAlarm(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.emptyAlarm = text
}

// write writes the table as rpki-client writes its JSON, sorted.
func (t *table) write(w io.Writer, at time.Time) error {
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintf(out, "{\"metadata\":{\"buildtime\":%q},\n\"roas\":[", at.Format(time.RFC3339))
	var line []byte
	for i, e := range slices.SortedFunc(maps.Keys(t.vrps), entry.compare) {
		line = append(line[:0], separator(i)...)
		line = append(line, `{"asn":`...)
		line = strconv.AppendUint(line, uint64(e.asn), 10)
		line = append(line, `,"prefix":"`...)
		line = e.prefix().AppendTo(line)
		line = append(line, `","maxLength":`...)
		line = strconv.AppendUint(line, uint64(e.maxLength), 10)
		out.Write(append(line, '}'))
	}
	out.WriteString("\n],\n\"aspas\":[")
	for i, customer := range slices.Sorted(maps.Keys(t.aspas)) {
		line = append(line[:0], separator(i)...)
		line = append(line, `{"customer_asid":`...)
		line = strconv.AppendUint(line, uint64(customer), 10)
		line = append(line, `,"providers":[`...)
		for j, asn := range t.aspas[customer] {
			if j > 0 {
				line = append(line, ',')
			}
			line = strconv.AppendUint(line, uint64(asn), 10)
		}
		if _, err := out.Write(append(line, `]}`...)); err != nil {
			return err
		}
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

func separator(i int) string {
	if i == 0 {
		return "\n"
	}
	return ",\n"
}
