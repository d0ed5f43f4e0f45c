package rows

import "strings"

// scan cuts a row into fields.
type scan struct {
	comma  byte
	most   int
	fields []string
	open   bool // the last field has no closing quote yet
	from   int  // where it begins, behind its quote
	seen   int  // up to where no closing quote was found
	double bool // it holds doubled quotes
	strict bool // a quote stands only around a field or doubled within
}

// row cuts text, from a field that begins at that place.
func (s *scan) row(text string, at int) (err error) {
	for at <= len(text) && err == nil {
		if at < len(text) && text[at] == '"' {
			s.from, s.seen, s.double = at+1, at+1, false
			if at, err = s.quoted(text); s.open {
				return nil
			}
			continue
		}
		end := strings.IndexByte(text[at:], s.comma)
		if end < 0 {
			end = len(text) - at
		}
		if s.strict && strings.IndexByte(text[at:at+end], '"') >= 0 {
			return ErrOpen
		}
		err = s.add(text[at : at+end])
		at += end + 1
	}
	return err
}

// goOn goes on with a field that was open, in the row's text with more behind it. From there on it is strict: what is lax
// with quotes and ends on another line may as well be several rows.
func (s *scan) goOn(text string) error {
	s.strict = true
	at, err := s.quoted(text)
	if err != nil || s.open {
		return err
	}
	return s.row(text, at)
}

// quoted cuts a quoted field and tells where the next one begins: behind the text if there is none.
func (s *scan) quoted(text string) (next int, err error) {
	for {
		end := strings.IndexByte(text[s.seen:], '"')
		if end < 0 {
			s.open, s.seen = true, len(text)
			return 0, nil
		}
		end += s.seen
		next = end + 1
		if next < len(text) && text[next] == '"' {
			s.double, s.seen = true, next+1
			continue
		}
		s.open = false
		field := text[s.from:end]
		if s.double {
			field = strings.ReplaceAll(field, `""`, `"`)
		}
		if next < len(text) && text[next] != s.comma && s.strict {
			return 0, ErrOpen
		}
		if next < len(text) && text[next] != s.comma { // as most readers have it: the rest stands as it is
			rest, _, _ := strings.Cut(text[next:], string(s.comma))
			field += rest
			next += len(rest)
		}
		return next + 1, s.add(field)
	}
}

func (s *scan) add(field string) error {
	if len(s.fields) == s.most {
		return ErrColumns
	}
	s.fields = append(s.fields, field)
	return nil
}
