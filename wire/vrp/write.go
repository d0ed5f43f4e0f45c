package vrp

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"pahra/wire/values"
)

// Write writes the set as the JSON of rpki-client, which Read reads back alike. A trust anchor or an expiry that is not
// known is left out. The order is that of the set.
func (s *Set) Write(w io.Writer) error {
	out := &writer{Writer: bufio.NewWriterSize(w, 1<<16), anchors: map[string][]byte{}}
	out.WriteString(`{"metadata":{`)
	if !s.BuildTime.IsZero() {
		fmt.Fprintf(out, `"buildtime":%q`, s.BuildTime.UTC().Format(time.RFC3339))
	}
	out.WriteString("},\n\"roas\":[")
	for i, v := range s.VRPs {
		out.begin(i, `{"asn":`, v.ASN)
		out.line = append(out.line, `,"prefix":"`...)
		out.line = v.Prefix.AppendTo(out.line)
		out.line = append(out.line, `","maxLength":`...)
		out.line = strconv.AppendUint(out.line, uint64(v.MaxLength), 10)
		out.end(v.TA, v.Expires)
	}
	out.WriteString("\n],\n\"aspas\":[")
	for i, a := range s.ASPAs {
		out.begin(i, `{"customer_asid":`, a.Customer)
		out.line = append(out.line, `,"providers":[`...)
		for j, asn := range a.Providers {
			if j > 0 {
				out.line = append(out.line, ',')
			}
			out.line = strconv.AppendUint(out.line, uint64(asn), 10)
		}
		out.line = append(out.line, ']')
		out.end(a.TA, a.Expires)
	}
	out.WriteString("\n],\n\"bgpsec_keys\":[")
	for i, k := range s.keys {
		out.begin(i, `{"asn":`, k.asn)
		out.line = append(out.line, `,"ski":"`+k.ski+`","pubkey":"`+k.key+`"`...)
		out.end("", 0)
	}
	out.WriteString("\n]}\n")
	return out.Flush() // which gives the first error of all of these
}

// writer writes one record a line.
type writer struct {
	*bufio.Writer
	line    []byte
	anchors map[string][]byte // as JSON
}

func (w *writer) begin(i int, text string, asn values.ASN) {
	w.line = w.line[:0]
	if i > 0 {
		w.line = append(w.line, ',')
	}
	w.line = append(w.line, '\n')
	w.line = append(w.line, text...)
	w.line = strconv.AppendUint(w.line, uint64(asn), 10)
}

func (w *writer) end(ta string, expires int64) {
	if ta != "" {
		name, ok := w.anchors[ta]
		if !ok {
			name, _ = json.Marshal(ta) // a string has no way to fail
			w.anchors[ta] = name
		}
		w.line = append(w.line, `,"ta":`...)
		w.line = append(w.line, name...)
	}
	if expires != 0 {
		w.line = append(w.line, `,"expires":`...)
		w.line = strconv.AppendInt(w.line, expires, 10)
	}
	w.line = append(w.line, '}')
	w.Write(w.line)
}
