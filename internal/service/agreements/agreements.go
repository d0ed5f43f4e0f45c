// Package agreements handles agreements as files: the document, the signatures beside it, what it would do to events.
//
// Read reads a document; Sign puts a party's signature beside it and Verify tells who signed and whether it is in force; Explain
// and Simulate say what it does to an event or to a file of them. A signature of the document A by the team T lies in A.T.asc.
package agreements

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/internal/openpgp"
	"pahra/internal/service/reports"
	"pahra/internal/source/durable"
)

// FileFaults are the faults of a file, each with its place.
type FileFaults struct {
	Path   string
	Faults agreement.Faults
}

// Error gives "path:line:column: text", one a line.
func (f *FileFaults) Error() string {
	lines := make([]string, len(f.Faults))
	for i, fault := range f.Faults {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", f.Path, fault.Line, fault.Column, fault.Text)
	}
	return strings.Join(lines, "\n")
}

// Read reads a document. What is wrong in it is a [FileFaults].
func Read(path string) (*agreement.Agreement, error) {
	text, err := reports.ReadSmall(path)
	if err != nil {
		return nil, err
	}
	a, err := agreement.Read(text)
	var faults agreement.Faults
	if errors.As(err, &faults) {
		return nil, &FileFaults{path, faults}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// Signature is what is known of one party's signature.
type Signature struct {
	Team        string     `json:"team"`
	File        string     `json:"file"`
	Good        bool       `json:"good"`
	Fingerprint string     `json:"fingerprint"`      // of the key that signed; "" if none did
	Made        *time.Time `json:"made"`             // nil if it is not good
	Problem     string     `json:"problem"`          // why it is not good
	Pinned      *bool      `json:"pinned,omitempty"` // whether the key is the one that the caller knows; nil if it named none
}

// SignatureFile is where the signature of a team lies.
func SignatureFile(path, team string) string { return path + "." + team + ".asc" }

// Verify looks at the signatures of both parties. Only keys that the document names count, and of a team whose fingerprint the
// caller knows only that one.
func Verify(path string, a *agreement.Agreement, known map[string]string, at time.Time) []Signature {
	signed := a.SignedBytes()
	all := make([]Signature, 0, len(a.Parties))
	for _, p := range a.Parties {
		s := verify(path, signed, &p, at)
		if pin, named := known[p.Team]; named {
			same := s.Good && s.Fingerprint == pin
			s.Pinned = &same
			if s.Good && !same {
				s.Good, s.Problem = false, "the key is not the one that is known of "+p.Team
			}
		}
		all = append(all, s)
	}
	return all
}

func verify(path string, signed []byte, p *agreement.Party, at time.Time) Signature {
	file := SignatureFile(path, p.Team)
	text, err := reports.ReadSmall(file)
	s := Signature{Team: p.Team}
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.Problem = "there is none"
	case err != nil:
		s.Problem = err.Error()
	default:
		s = Check(signed, p, text, at)
	}
	s.File = file
	return s
}

// Check looks at a party's signature of bytes. Only keys that the document names of the party count.
func Check(signed []byte, p *agreement.Party, text []byte, at time.Time) Signature {
	s := Signature{Team: p.Team}
	for _, k := range p.Keys {
		key, err := publicKey(k)
		if err != nil {
			s.Problem = err.Error()
			continue
		}
		made, err := key.Verify(signed, text, at)
		if err != nil {
			s.Problem = "it is no signature of this text by " + k.Fingerprint
			continue
		}
		s.Good, s.Fingerprint, s.Made, s.Problem = true, k.Fingerprint, &made, ""
		return s
	}
	return s
}

// publicKey reads a key of a document and makes sure that its fingerprint is the one beside it.
func publicKey(k agreement.Key) (*openpgp.Key, error) {
	key, err := openpgp.ParsePublic(k.Armoured)
	if err != nil {
		return nil, err
	}
	if f := key.Fingerprint(); f != k.Fingerprint {
		return nil, fmt.Errorf("the key's fingerprint is %s; the document says %s", f, k.Fingerprint)
	}
	return key, nil
}

// CheckKeys says which keys of a document cannot be what it says they are.
func CheckKeys(a *agreement.Agreement) []agreement.Warning {
	var bad []agreement.Warning
	for _, p := range a.Parties {
		for _, k := range p.Keys {
			if _, err := publicKey(k); err != nil {
				bad = append(bad, agreement.Warning{Clause: p.Clause, Text: p.Team + ": " + err.Error()})
			}
		}
	}
	return bad
}

// Standing makes of signatures what decisions ask for.
func Standing(signatures []Signature, notice time.Time) agreement.Standing {
	s := agreement.Standing{Notice: notice}
	for _, one := range signatures {
		if one.Good {
			s.Signed = append(s.Signed, one.Team)
		}
	}
	return s
}

// AsSigned is a standing in which both parties have signed.
func AsSigned(a *agreement.Agreement) agreement.Standing {
	var s agreement.Standing
	for _, p := range a.Parties {
		s.Signed = append(s.Signed, p.Team)
	}
	return s
}

// Sign signs a document with a private key, and gives the signature that now lies beside it. The key must be one that the document
// names of a party.
func Sign(path string, a *agreement.Agreement, key *openpgp.Key) (Signature, error) {
	f := key.Fingerprint()
	i := slices.IndexFunc(a.Parties, func(p agreement.Party) bool {
		return slices.ContainsFunc(p.Keys, func(k agreement.Key) bool { return k.Fingerprint == f })
	})
	if i < 0 {
		return Signature{}, fmt.Errorf("%s: the key %s is none of a party's", path, f)
	}
	made, err := key.Sign(a.SignedBytes())
	if err != nil {
		return Signature{}, fmt.Errorf("%s: %w", path, err)
	}
	s := Signature{Team: a.Parties[i].Team, File: SignatureFile(path, a.Parties[i].Team), Good: true, Fingerprint: f}
	file, err := durable.Create(s.File)
	if err != nil {
		return Signature{}, fmt.Errorf("writing %s: %w", s.File, err)
	}
	if _, err := file.Write(append(made.Armoured, '\n')); err != nil {
		file.Abandon()
		return Signature{}, fmt.Errorf("writing %s: %w", s.File, err)
	}
	if err := file.Commit(); err != nil {
		return Signature{}, fmt.Errorf("writing %s: %w", s.File, err)
	}
	return s, nil
}
