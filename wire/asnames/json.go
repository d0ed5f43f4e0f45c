package asnames

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"pahra/wire/values"
)

// readJSON streams one object of number to name, which begins at offset start.
func readJSON(r io.Reader, start int64, report func(values.Problem), yield func(Entry) error) error {
	in := &bounded{r: r}
	dec := json.NewDecoder(in)
	good, refused := 0, 0
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("reading JSON: %w", err)
	}
	for dec.More() {
		in.spent = 0
		at := start + dec.InputOffset()
		number, err := dec.Token()
		if err != nil {
			return fmt.Errorf("reading JSON at offset %d: %w", at, err)
		}
		var name string
		err = dec.Decode(&name)
		var mistyped *json.UnmarshalTypeError
		if err != nil && !errors.As(err, &mistyped) {
			return fmt.Errorf("reading JSON at offset %d: %w", at, err)
		}
		if err == nil {
			e := Entry{}
			if e.ASN, err = values.ParseASN(number.(string)); err == nil {
				e.Name, e.Country = splitCountry(name)
			}
			var fatal error
			if err, fatal = yieldGood(e, err)(yield); fatal != nil {
				return fatal
			}
		}
		if err == nil {
			good++
			continue
		}
		refused++
		report(values.Problem{Offset: at, Reason: err.Error()})
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("reading JSON: %w", err)
	}
	if good == 0 && refused > 0 {
		return ErrFormat
	}
	return nil
}

// bounded ends the reading where one entry takes more than maxEntry bytes: the JSON decoder holds it in memory.
type bounded struct {
	r     io.Reader
	spent int
}

const maxEntry = 1 << 20

func (b *bounded) Read(p []byte) (int, error) {
	if b.spent > maxEntry {
		return 0, fmt.Errorf("an entry takes more than %d bytes", maxEntry)
	}
	n, err := b.r.Read(p)
	b.spent += n
	return n, err
}
