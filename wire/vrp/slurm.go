package vrp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"pahra/wire/values"
)

const maxSLURM = 64 << 20 // bytes in one file of local exceptions

// SLURM is a file of local exceptions to the RPKI: what to leave out of a validator's output, then what to add to it
// (RFC 8416; ASPA by draft-ietf-sidrops-aspa-slurm).
type SLURM struct {
	PrefixFilters []PrefixFilter
	BGPsecFilters []BGPsecFilter
	ASPAFilters   []values.ASN // customers whose ASPA is left out

	PrefixAssertions []VRP // TA is "slurm", Expires is 0
	BGPsecAssertions []BGPsecAssertion
	ASPAAssertions   []ASPA
}

// PrefixFilter leaves out the VRPs whose prefix is Prefix or lies in it and whose origin is ASN. An invalid Prefix, or
// HasASN false, stands for any; at least one of the two is there.
type PrefixFilter struct {
	Prefix netip.Prefix
	ASN    values.ASN
	HasASN bool
}

// BGPsecFilter leaves out the router keys of ASN that have the subject key identifier SKI. HasASN false, or a nil SKI,
// stands for any; at least one of the two is there.
type BGPsecFilter struct {
	ASN    values.ASN
	HasASN bool
	SKI    []byte // 20 bytes
}

// BGPsecAssertion adds a router key.
type BGPsecAssertion struct {
	ASN       values.ASN
	SKI       []byte // 20 bytes
	PublicKey []byte // SubjectPublicKeyInfo in DER
}

// anchorSLURM is the trust anchor of what local exceptions add.
const anchorSLURM = "slurm"

// Apply filters s and then adds to it, in this order (RFC 8416 section 3), so that a filter never removes an assertion.
// s stays sorted and without duplicates.
func (s *Set) Apply(slurm *SLURM) {
	s.VRPs = slices.DeleteFunc(s.VRPs, func(v VRP) bool {
		return slices.ContainsFunc(slurm.PrefixFilters, func(f PrefixFilter) bool { return f.matches(v) })
	})
	s.keys = slices.DeleteFunc(s.keys, func(k routerKey) bool {
		return slices.ContainsFunc(slurm.BGPsecFilters, func(f BGPsecFilter) bool { return f.matches(k) })
	})
	s.ASPAs = slices.DeleteFunc(s.ASPAs, func(a ASPA) bool { return slices.Contains(slurm.ASPAFilters, a.Customer) })
	s.VRPs = append(s.VRPs, slurm.PrefixAssertions...)
	for _, a := range slurm.ASPAAssertions {
		a.Providers = slices.Clone(a.Providers)
		s.ASPAs = append(s.ASPAs, a)
	}
	for _, a := range slurm.BGPsecAssertions {
		s.keys = append(s.keys, routerKey{a.ASN, fmt.Sprintf("%X", a.SKI), base64.RawStdEncoding.EncodeToString(a.PublicKey)})
	}
	s.normalise()
}

func (f PrefixFilter) matches(v VRP) bool {
	if f.Prefix.IsValid() && (f.Prefix.Bits() > v.Prefix.Bits() || !f.Prefix.Contains(v.Prefix.Addr())) {
		return false
	}
	return !f.HasASN || f.ASN == v.ASN
}

func (f BGPsecFilter) matches(k routerKey) bool {
	if f.SKI != nil && !strings.EqualFold(hex.EncodeToString(f.SKI), k.ski) {
		return false
	}
	return !f.HasASN || f.ASN == k.asn
}

// ReadSLURM reads a file of local exceptions. It is strict as RFC 8416 section 3.1 asks: a member that is unknown,
// missing or malformed makes the whole file an error, since a part of it would be a policy that nobody wrote.
// slurmVersion 1 is the RFC's, 2 has the draft's ASPA members as well.
func ReadSLURM(r io.Reader) (*SLURM, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSLURM+1))
	if err != nil {
		return nil, fmt.Errorf("reading SLURM: %w", err)
	}
	if len(data) > maxSLURM {
		return nil, fmt.Errorf("reading SLURM: more than %d bytes", maxSLURM)
	}
	var file slurmFile
	if err := strict(data, &file); err != nil {
		return nil, fmt.Errorf("reading SLURM: %w", err)
	}
	out, err := file.convert()
	if err != nil {
		return nil, fmt.Errorf("reading SLURM: %w", err)
	}
	return out, nil
}

// strict decodes one JSON value with no unknown members and nothing behind it.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("offset %d: %w", d.InputOffset(), err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("offset %d: something behind the end of the JSON", d.InputOffset())
	}
	return nil
}

// The file as it is written. Pointers tell what is absent.
type slurmFile struct {
	Version *int `json:"slurmVersion"`
	Filters *struct {
		Prefix *[]slurmPrefix `json:"prefixFilters"`
		BGPsec *[]slurmBGPsec `json:"bgpsecFilters"`
		ASPA   *[]slurmASPA   `json:"aspaFilters"`
	} `json:"validationOutputFilters"`
	Assertions *struct {
		Prefix *[]slurmPrefix `json:"prefixAssertions"`
		BGPsec *[]slurmBGPsec `json:"bgpsecAssertions"`
		ASPA   *[]slurmASPA   `json:"aspaAssertions"`
	} `json:"locallyAddedAssertions"`
}

type slurmPrefix struct {
	Prefix    *string     `json:"prefix"`
	ASN       *values.ASN `json:"asn"`
	MaxLength *int        `json:"maxPrefixLength"`
	Comment   string      `json:"comment"`
}

type slurmBGPsec struct {
	ASN       *values.ASN `json:"asn"`
	SKI       *string     `json:"SKI"`
	PublicKey *string     `json:"routerPublicKey"`
	Comment   string      `json:"comment"`
}

type slurmASPA struct {
	Customer  *values.ASN  `json:"customerAsn"`
	Providers []values.ASN `json:"providerAsns"`
	Comment   string       `json:"comment"`
}

func (f *slurmFile) convert() (*SLURM, error) {
	switch {
	case f.Version == nil || *f.Version != 1 && *f.Version != 2:
		return nil, errors.New("slurmVersion is not 1 (RFC 8416) or 2 (draft-ietf-sidrops-aspa-slurm)")
	case f.Filters == nil || f.Filters.Prefix == nil || f.Filters.BGPsec == nil:
		return nil, errors.New("validationOutputFilters with prefixFilters and bgpsecFilters is missing")
	case f.Assertions == nil || f.Assertions.Prefix == nil || f.Assertions.BGPsec == nil:
		return nil, errors.New("locallyAddedAssertions with prefixAssertions and bgpsecAssertions is missing")
	case *f.Version == 1 && (f.Filters.ASPA != nil || f.Assertions.ASPA != nil):
		return nil, errors.New("slurmVersion 1 has no ASPA members")
	case *f.Version == 2 && (f.Filters.ASPA == nil || f.Assertions.ASPA == nil):
		return nil, errors.New("slurmVersion 2 needs aspaFilters and aspaAssertions")
	}
	out := &SLURM{}
	err := errors.Join(
		each("prefixFilters", f.Filters.Prefix, out.addPrefixFilter),
		each("bgpsecFilters", f.Filters.BGPsec, out.addBGPsecFilter),
		each("aspaFilters", f.Filters.ASPA, out.addASPAFilter),
		each("prefixAssertions", f.Assertions.Prefix, out.addPrefixAssertion),
		each("bgpsecAssertions", f.Assertions.BGPsec, out.addBGPsecAssertion),
		each("aspaAssertions", f.Assertions.ASPA, out.addASPAAssertion))
	if err != nil {
		return nil, err
	}
	return out, nil
}

// each adds the elements of an array, stopping at the first bad one.
func each[T any](name string, list *[]T, add func(T) error) error {
	if list == nil {
		return nil
	}
	for i, e := range *list {
		if err := add(e); err != nil {
			return fmt.Errorf("%s[%d]: %w", name, i, err)
		}
	}
	return nil
}

func (s *SLURM) addPrefixFilter(e slurmPrefix) (err error) {
	f := PrefixFilter{}
	switch {
	case e.MaxLength != nil:
		return errors.New("a filter has no maxPrefixLength")
	case e.Prefix == nil && e.ASN == nil:
		return errors.New("neither prefix nor asn")
	}
	if e.Prefix != nil {
		if f.Prefix, err = values.ParsePrefix(*e.Prefix); err != nil {
			return err
		}
	}
	if e.ASN != nil {
		f.ASN, f.HasASN = *e.ASN, true
	}
	s.PrefixFilters = append(s.PrefixFilters, f)
	return nil
}

func (s *SLURM) addPrefixAssertion(e slurmPrefix) error {
	if e.Prefix == nil || e.ASN == nil {
		return errors.New("prefix or asn is missing")
	}
	prefix, err := values.ParsePrefix(*e.Prefix)
	if err != nil {
		return err
	}
	maxLength := prefix.Bits()
	if e.MaxLength != nil {
		maxLength = *e.MaxLength
	}
	if maxLength < prefix.Bits() || maxLength > prefix.Addr().BitLen() {
		return fmt.Errorf("maxPrefixLength %d of %s", maxLength, prefix)
	}
	s.PrefixAssertions = append(s.PrefixAssertions, VRP{Prefix: prefix, MaxLength: uint8(maxLength), ASN: *e.ASN, TA: anchorSLURM})
	return nil
}

func (s *SLURM) addBGPsecFilter(e slurmBGPsec) (err error) {
	f := BGPsecFilter{}
	switch {
	case e.PublicKey != nil:
		return errors.New("a filter has no routerPublicKey")
	case e.ASN == nil && e.SKI == nil:
		return errors.New("neither asn nor SKI")
	}
	if e.ASN != nil {
		f.ASN, f.HasASN = *e.ASN, true
	}
	if e.SKI != nil {
		if f.SKI, err = parseSKI(*e.SKI); err != nil {
			return err
		}
	}
	s.BGPsecFilters = append(s.BGPsecFilters, f)
	return nil
}

func (s *SLURM) addBGPsecAssertion(e slurmBGPsec) error {
	if e.ASN == nil || e.SKI == nil || e.PublicKey == nil {
		return errors.New("asn, SKI or routerPublicKey is missing")
	}
	ski, err := parseSKI(*e.SKI)
	if err != nil {
		return err
	}
	key, err := base64.RawURLEncoding.DecodeString(*e.PublicKey)
	if err != nil || len(key) == 0 {
		return fmt.Errorf("routerPublicKey %.20q is not base64url without padding", *e.PublicKey)
	}
	s.BGPsecAssertions = append(s.BGPsecAssertions, BGPsecAssertion{*e.ASN, ski, key})
	return nil
}

// parseSKI reads a subject key identifier as RFC 8416 writes it: 20 bytes in base64url without padding.
func parseSKI(text string) ([]byte, error) {
	ski, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(ski) != 20 {
		return nil, fmt.Errorf("SKI %.40q is not 20 bytes in base64url without padding", text)
	}
	return ski, nil
}

func (s *SLURM) addASPAFilter(e slurmASPA) error {
	if e.Customer == nil || e.Providers != nil {
		return errors.New("not a customerAsn alone")
	}
	s.ASPAFilters = append(s.ASPAFilters, *e.Customer)
	return nil
}

func (s *SLURM) addASPAAssertion(e slurmASPA) error {
	if e.Customer == nil || *e.Customer == 0 || len(e.Providers) == 0 || len(e.Providers) > MaxProviders {
		return fmt.Errorf("customerAsn or providerAsns (at most %d) is missing", MaxProviders)
	}
	if slices.Contains(e.Providers, *e.Customer) {
		return fmt.Errorf("AS%d is its own provider", *e.Customer)
	}
	s.ASPAAssertions = append(s.ASPAAssertions, ASPA{Customer: *e.Customer, Providers: providerSet(e.Providers), TA: anchorSLURM})
	return nil
}
