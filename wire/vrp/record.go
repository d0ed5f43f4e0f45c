package vrp

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pahra/wire/values"
)

// record is what the elements of roas, aspas and router keys are made of, in any dialect.
type record struct {
	asn       values.ASN // asn, customer_asid or customer
	hasASN    bool
	prefix    netip.Prefix
	maxLength int // below 0 where there is none
	providers []values.ASN
	ta        string
	expires   int64
	ski, key  string
}

// roa reads one element of roas.
func (b *builder) roa(s *scanner) (bad, err error) {
	f := record{maxLength: -1}
	if bad, err = b.record(s, &f); err != nil || bad != nil {
		return bad, err
	}
	switch {
	case !f.hasASN:
		return errors.New("no asn"), nil
	case !f.prefix.IsValid():
		return errors.New("no prefix"), nil
	}
	return b.addVRP(f.prefix, f.maxLength, VRP{ASN: f.asn, TA: f.ta, Expires: f.expires}), nil
}

// aspa reads one element of aspas.
func (b *builder) aspa(s *scanner) (bad, err error) {
	f := record{maxLength: -1}
	if bad, err = b.record(s, &f); err != nil || bad != nil {
		return bad, err
	}
	if !f.hasASN {
		return errors.New("no customer"), nil
	}
	return b.addASPA(ASPA{Customer: f.asn, Providers: f.providers, TA: f.ta, Expires: f.expires}), nil
}

// routerKey reads one element of bgpsec_keys or routerKeys.
func (b *builder) routerKey(s *scanner) (bad, err error) {
	f := record{maxLength: -1}
	if bad, err = b.record(s, &f); err != nil || bad != nil {
		return bad, err
	}
	switch {
	case !f.hasASN:
		return errors.New("no asn"), nil
	case f.ski == "" || f.key == "":
		return errors.New("no ski or no public key"), nil
	}
	return b.addKey(routerKey{asn: f.asn, ski: f.ski, key: f.key}), nil
}

// record reads one element whatever its kind; bad is the first thing wrong in it.
func (b *builder) record(s *scanner, f *record) (bad, err error) {
	err = s.object(func(key []byte) error {
		var set func(*record, []byte) error
		switch string(key) {
		case "asn", "customer_asid", "customer":
			set = (*record).setASN
		case "prefix":
			set = (*record).setPrefix
		case "maxLength":
			set = (*record).setMaxLength
		case "ta":
			set = b.setTA
		case "expires":
			set = (*record).setExpires
		case "ski", "SKI":
			set = (*record).setSKI
		case "pubkey", "routerPublicKey":
			set = (*record).setKey
		case "providers":
			return f.readProviders(s, &bad)
		case "source":
			return b.readSources(s, f, &bad)
		default:
			return s.skip()
		}
		value, err := s.scalar()
		if err != nil {
			return err
		}
		if value == nil {
			first(&bad, errors.New("an array or object where a number or string is due"))
		} else {
			first(&bad, set(f, value))
		}
		return nil
	})
	return bad, err
}

// first keeps the first error.
func first(kept *error, err error) {
	if *kept == nil {
		*kept = err
	}
}

func (f *record) setASN(value []byte) (err error) {
	f.asn, err = parseASN(value)
	f.hasASN = err == nil
	return err
}

// parseASN is values.ParseASN, quick where there are only digits, with or without "AS".
func parseASN(text []byte) (values.ASN, error) {
	digits := text
	if len(digits) > 2 && digits[0] == 'A' && digits[1] == 'S' {
		digits = digits[2:]
	}
	n := uint64(0)
	for _, c := range digits {
		if c < '0' || c > '9' || len(digits) > 10 {
			return values.ParseASN(string(text))
		}
		n = n*10 + uint64(c-'0')
	}
	if len(digits) == 0 || n > 1<<32-1 {
		return values.ParseASN(string(text))
	}
	return values.ASN(n), nil
}

func (f *record) setPrefix(value []byte) (err error) {
	f.prefix, err = values.ParsePrefix(string(value))
	return err
}

func (f *record) setMaxLength(value []byte) (err error) {
	f.maxLength, err = parseLength(value)
	return err
}

// parseLength reads a maxLength; absent ("" or null) is -1.
func parseLength(text []byte) (int, error) {
	if len(text) == 0 || string(text) == "null" {
		return -1, nil
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' || len(text) > 3 {
			return 0, fmt.Errorf("%.20q is not a maxLength", text)
		}
		n = n*10 + int(c-'0')
	}
	return n, nil
}

func (b *builder) setTA(f *record, value []byte) (err error) {
	f.ta, err = b.anchor(value)
	return err
}

func (f *record) setExpires(value []byte) error {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%.40q is not a time of expiry in Unix seconds", value)
	}
	f.expires = n
	return nil
}

func (f *record) setSKI(value []byte) error {
	if raw, err := hex.DecodeString(string(value)); err != nil || len(raw) != 20 {
		return fmt.Errorf("%.50q is not a subject key identifier (20 bytes in hexadecimal)", value)
	}
	f.ski = strings.ToUpper(string(value))
	return nil
}

func (f *record) setKey(value []byte) error {
	key := strings.TrimRight(string(value), "=")
	if _, err := base64.RawStdEncoding.DecodeString(key); err != nil || key == "" {
		return fmt.Errorf("%.20q is not a public key in base64", value)
	}
	f.key = key
	return nil
}

// readProviders reads the array of providers of an ASPA.
func (f *record) readProviders(s *scanner, bad *error) error {
	if c, err := s.peek(); err != nil || c != '[' {
		first(bad, errors.New("providers is not an array"))
		return s.skip()
	}
	return s.array(func() error {
		value, err := s.scalar()
		if err != nil {
			return err
		}
		if len(f.providers) >= MaxProviders {
			first(bad, fmt.Errorf("more than %d providers", MaxProviders))
			return nil
		}
		asn, err := parseASN(value)
		if err != nil {
			first(bad, fmt.Errorf("provider: %w", err))
			return nil
		}
		f.providers = append(f.providers, asn)
		return nil
	})
}

// readSources reads what Routinator's jsonext says of the objects behind a record: the trust anchor of the first one,
// and when the last one ends. A source ends with its chain of certificates or when its publication point goes stale.
func (b *builder) readSources(s *scanner, f *record, bad *error) error {
	if c, err := s.peek(); err != nil || c != '[' {
		first(bad, errors.New("source is not an array"))
		return s.skip()
	}
	return s.array(func() error {
		if c, err := s.peek(); err != nil || c != '{' {
			first(bad, errors.New("a source is not an object"))
			return s.skip()
		}
		var ends int64
		err := s.object(func(key []byte) error {
			switch string(key) {
			case "tal":
				tal, err := s.scalar()
				if err == nil && f.ta == "" && string(tal) != "null" {
					f.ta, err = b.anchor(tal)
					first(bad, err)
					err = nil
				}
				return err
			case "stale":
				return readEnd(s, &ends, bad)
			case "chainValidity":
				return readNotAfter(s, &ends, bad)
			}
			return s.skip()
		})
		f.expires = max(f.expires, ends)
		return err
	})
}

// readNotAfter reads the notAfter of an object with notBefore and notAfter.
func readNotAfter(s *scanner, ends *int64, bad *error) error {
	if c, err := s.peek(); err != nil || c != '{' {
		first(bad, errors.New("chainValidity is not an object"))
		return s.skip()
	}
	return s.object(func(key []byte) error {
		if string(key) == "notAfter" {
			return readEnd(s, ends, bad)
		}
		return s.skip()
	})
}

// readEnd reads a time in RFC 3339 and keeps the earlier one.
func readEnd(s *scanner, ends *int64, bad *error) error {
	value, err := s.scalar()
	if err != nil {
		return err
	}
	t, err := time.Parse(time.RFC3339, string(value))
	if err != nil {
		first(bad, fmt.Errorf("%.40q is not a time", value))
		return nil
	}
	if *ends == 0 || t.Unix() < *ends {
		*ends = t.Unix()
	}
	return nil
}
