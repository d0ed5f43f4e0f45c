// Package statement is what citizens and organisations say of an incident: the fields of a national team's form, checked,
// and the event that comes of them.
//
// [Statement.Check] says what is wrong, field by field; [Statement.Event] gives the event. The types of incident are those
// of Annexure I to CERT-In's directions of 28 April 2022, which internal/desk/class puts into the RSIT. Who says it is a
// [Reporter]: named, under a name of their choice, or nobody. That is kept apart from the event.
package statement

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pahra/internal/desk/class"
	"pahra/wire/intelmq"
)

// Statement is what somebody says of an incident. Times are optional but for Noticed.
type Statement struct {
	// Type is the number of the incident's type in Annexure I, 1 to 20.
	Type int `json:"type"`
	// Detected is when it happened or was detected by a machine, Noticed when a person took notice or was told: the six
	// hours of the directions run from then.
	Detected time.Time `json:"detected,omitzero"`
	Noticed  time.Time `json:"noticed"`
	// Where it comes from or lies, what somebody would have to mend: at least one of them.
	Address string `json:"address,omitempty"` // IP address
	Port    int    `json:"port,omitempty"`
	Domain  string `json:"domain,omitempty"`
	URL     string `json:"url,omitempty"`
	// What was harmed.
	Affected    string `json:"affected,omitempty"` // address or domain of it
	System      string `json:"system,omitempty"`   // what it is: operating system, application, location
	Sector      string `json:"sector,omitempty"`
	Critical    bool   `json:"critical,omitempty"` // it is critical to whoever uses it
	Description string `json:"description"`
	Measures    string `json:"measures,omitempty"` // what was done about it
}

// Mode is how somebody reports.
type Mode string

// The modes.
const (
	Named        Mode = "named"
	Pseudonymous Mode = "pseudonymous" // under a name of their choice, with an address to be written to or without
	Anonymous    Mode = "anonymous"
)

// Reporter is who says it.
type Reporter struct {
	Mode         Mode   `json:"mode"`
	Name         string `json:"name,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	Mail         string `json:"mail,omitempty"`
	Phone        string `json:"phone,omitempty"`
	// Consent lets who must act be told who reported it. It can be withdrawn.
	Consent bool `json:"consent,omitempty"`
}

// Wrong is what is wrong with a field. Its Why is the key of a sentence in internal/language.
type Wrong struct {
	Field string `json:"field"`
	Why   string `json:"why"`
}

// The reasons.
const (
	Missing = "form.wrong.missing"
	Format  = "form.wrong.format"
	Long    = "form.wrong.long"
	Future  = "form.wrong.future"
	Nowhere = "form.wrong.nowhere" // neither address, domain nor URL
)

// The lengths of texts, in characters.
const (
	mostLine = 200
	mostText = 10_000
)

// Types is how many types there are.
const Types = 20

// Check gives what is wrong, in the order of the fields.
func (s *Statement) Check(now time.Time) (list []Wrong) {
	wrong := func(field, why string) { list = append(list, Wrong{field, why}) }
	if s.Type < 1 || s.Type > Types {
		wrong("type", Missing)
	}
	if s.Noticed.IsZero() {
		wrong("noticed", Missing)
	}
	soon := now.Add(5 * time.Minute) // clocks differ
	if s.Detected.After(soon) {
		wrong("detected", Future)
	}
	if s.Noticed.After(soon) {
		wrong("noticed", Future)
	}
	for _, long := range []struct {
		field string
		at    time.Time
	}{{"detected", s.Detected}, {"noticed", s.Noticed}} {
		if !long.at.IsZero() && long.at.Before(time.Unix(0, 0)) {
			wrong(long.field, Format)
		}
	}
	if strings.TrimSpace(s.Description) == "" {
		wrong("description", Missing)
	}
	if s.Address == "" && s.Domain == "" && s.URL == "" {
		wrong("address", Nowhere)
	}
	list = append(list, s.checkPlaces()...)
	for _, text := range []struct {
		field, value string
		most         int
	}{{"affected", s.Affected, mostLine}, {"system", s.System, mostLine}, {"sector", s.Sector, mostLine}, {"description", s.Description, mostText}, {"measures", s.Measures, mostText}} {
		if why := textIsWrong(text.value, text.most); why != "" {
			wrong(text.field, why)
		}
	}
	return list
}

// checkPlaces checks address, port, domain and URL.
func (s *Statement) checkPlaces() (list []Wrong) {
	if s.Address != "" {
		if _, err := netip.ParseAddr(s.Address); err != nil {
			list = append(list, Wrong{"address", Format})
		}
	}
	if s.Port < 0 || s.Port > 65535 {
		list = append(list, Wrong{"port", Format})
	}
	var e intelmq.Event
	if s.Domain != "" && (strings.ContainsAny(s.Domain, " /:@") || e.Add("source.fqdn", s.Domain) != nil) {
		list = append(list, Wrong{"domain", Format})
	}
	if s.URL != "" {
		u, err := url.Parse(s.URL)
		if err != nil || u.Host == "" || e.Add("source.url", s.URL) != nil {
			list = append(list, Wrong{"url", Format})
		}
	}
	return list
}

// textIsWrong gives what is wrong with a text: its length, or characters that belong in no text.
func textIsWrong(text string, most int) string {
	switch {
	case utf8.RuneCountInString(text) > most:
		return Long
	case !utf8.ValidString(text), strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }):
		return Format
	}
	return ""
}

// Check gives what is wrong with who reports. Who reports under their name says how to reach them; nobody says nothing of
// themselves.
func (r *Reporter) Check() (list []Wrong) {
	switch r.Mode {
	case Named:
		if strings.TrimSpace(r.Name) == "" {
			list = append(list, Wrong{"name", Missing})
		}
		if r.Mail == "" && r.Phone == "" {
			list = append(list, Wrong{"mail", Missing})
		}
	case Pseudonymous:
		if strings.TrimSpace(r.Name) == "" {
			list = append(list, Wrong{"name", Missing})
		}
	case Anonymous:
		if *r != (Reporter{Mode: Anonymous}) {
			list = append(list, Wrong{"mode", Format})
		}
	default:
		list = append(list, Wrong{"mode", Missing})
	}
	for _, text := range []struct{ field, value string }{{"name", r.Name}, {"organisation", r.Organisation}, {"mail", r.Mail}, {"phone", r.Phone}} {
		if why := textIsWrong(text.value, mostLine); why != "" {
			list = append(list, Wrong{text.field, why})
		}
	}
	if at := strings.LastIndexByte(r.Mail, '@'); r.Mail != "" && (at < 1 || at == len(r.Mail)-1 || strings.ContainsAny(r.Mail, " \r\n\t<>,;")) {
		list = append(list, Wrong{"mail", Format})
	}
	return list
}

// Event gives the event of a statement that is well.
func (s *Statement) Event(classes *class.Tables, received time.Time) (*intelmq.Event, error) {
	aliases := classes.Lookup("annexure-i", strconv.Itoa(s.Type), time.Time{}) // also of what was noticed before 2022
	if len(aliases) == 0 {
		return nil, fmt.Errorf("there is no type %d in Annexure I", s.Type)
	}
	at := s.Noticed
	if !s.Detected.IsZero() {
		at = s.Detected
	}
	e, port := new(intelmq.Event), ""
	if s.Port > 0 {
		port = strconv.Itoa(s.Port)
	}
	e.Set("classification.taxonomy", intelmq.Value{Text: aliases[0].Code.Class})
	e.Set("classification.type", intelmq.Value{Text: aliases[0].Code.Type})
	for _, f := range []struct{ key, value string }{
		{"classification.identifier", "annexure-i-" + strconv.Itoa(s.Type)},
		{"time.source", at.UTC().Format(time.RFC3339)}, {"time.observation", received.UTC().Format(time.RFC3339)},
		{"source.ip", s.Address}, {"source.port", port}, {"source.fqdn", s.Domain}, {"source.url", s.URL},
		{"event_description.text", s.Description}, {"extra.noticed_at", s.Noticed.UTC().Format(time.RFC3339)},
		{"extra.affected", s.Affected}, {"extra.system", s.System}, {"extra.sector", s.Sector}, {"extra.measures", s.Measures},
	} {
		if err := e.Add(f.key, f.value); err != nil {
			return nil, err
		}
	}
	if s.Critical {
		e.Set("extra.critical", intelmq.Value{Text: "true"})
	}
	return e, nil
}
