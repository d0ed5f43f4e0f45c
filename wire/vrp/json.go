package vrp

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"pahra/wire/values"
)

// readJSON reads the one object that all JSON dialects are, in any order of its members.
func readJSON(s *scanner, b *builder) error {
	known := false
	err := s.object(func(key []byte) error {
		switch string(key) {
		case "metadata":
			return b.metadata(s)
		case "roas":
			known = true
			return b.records(s, "roas", b.roa)
		case "aspas":
			known = true
			return b.records(s, "aspas", b.aspa)
		case "provider_authorizations": // rpki-client 7 and 8: a list for each address family
			known = true
			return s.object(func(family []byte) error { return b.records(s, string(family), b.aspa) })
		case "bgpsec_keys", "routerKeys":
			known = true
			return b.records(s, string(key), b.routerKey)
		}
		return s.skip()
	})
	if errors.Is(err, errSyntax) {
		return fmt.Errorf("offset %d: %w", s.place().Offset, err)
	}
	if err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("a JSON object with neither roas, aspas nor router keys: %w", ErrFormat)
	}
	if c, err := s.peek(); err == nil {
		return fmt.Errorf("offset %d: %q behind the end of the JSON", s.place().Offset, c)
	} else if s.err != io.EOF {
		return err
	}
	return nil
}

// records reads an array of objects by calls of one, which tells a bad record (reported; reading goes on) from an error
// of reading. Where the JSON itself is malformed, reading goes on at the next object.
func (b *builder) records(s *scanner, name string, one func(*scanner) (bad, err error)) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != '[' {
		b.problem(s.place(), fmt.Errorf("%s is not an array", name))
		return s.skip()
	}
	s.pos++
	depth := s.depth
	for first := true; ; first = false {
		c, err := s.peek()
		if err != nil {
			return err
		}
		if c == ']' {
			s.pos++
			return nil
		}
		if !first {
			err = s.expect(',')
			s.peek() // an error comes again below
		}
		place := s.place()
		var bad error
		if err == nil {
			bad, err = one(s)
		}
		for errors.Is(err, errSyntax) {
			b.problem(place, fmt.Errorf("%s: %w", name, err))
			if err = s.resync(); err != nil {
				return err
			}
			s.depth, place = depth, s.place()
			bad, err = one(s)
		}
		switch {
		case err != nil:
			return err
		case b.fatal != nil:
			return b.fatal
		case bad != nil:
			b.problem(place, fmt.Errorf("%s: %w", name, bad))
		}
	}
}

func (b *builder) problem(at values.Problem, err error) {
	at.Reason = err.Error()
	b.report(at)
}

// metadata reads when the set was built: buildtime (rpki-client), generatedTime (Routinator), generated (OctoRPKI).
func (b *builder) metadata(s *scanner) error {
	place := s.place()
	if c, err := s.peek(); err != nil || c != '{' {
		b.problem(place, errors.New("metadata is not an object"))
		return s.skip()
	}
	var bad error
	err := s.object(func(key []byte) error {
		switch name := string(key); name {
		case "buildtime", "generatedTime", "generated":
			value, err := s.scalar()
			if err != nil {
				return err
			}
			t, err := parseTime(string(value))
			if err != nil {
				bad = fmt.Errorf("metadata: %s: %w", name, err)
			} else if b.set.BuildTime.IsZero() || name == "buildtime" {
				b.set.BuildTime = t
			}
			return nil
		}
		return s.skip()
	})
	if err == nil && bad != nil {
		b.problem(place, bad)
	}
	return err
}

// parseTime reads RFC 3339, Unix seconds, or the form "2006-01-02 15:04:05" (UTC) of the RIPE NCC's archive.
func parseTime(text string) (time.Time, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 && n < 1<<38 {
		return time.Unix(n, 0).UTC(), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", time.UnixDate} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is not a time", text)
}
