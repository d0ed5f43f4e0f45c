package nrtm

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
)

// Notification is an Update Notification File (RFC 10063 section 6).
type Notification struct {
	Timestamp time.Time
	Source    string // in upper case
	Session   string
	Version   uint64
	Snapshot  Reference
	Deltas    []Reference // by version, without a gap
	NextKey   string      // PEM; empty where no other key is to come
}

// Reference is a file that a notification names.
type Reference struct {
	Version uint64
	URL     string
	SHA256  string // of the file as it is sent, lower-case hexadecimal
}

var sessionID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// form is the JSON of a notification.
type form struct {
	NRTMVersion int          `json:"nrtm_version"`
	Timestamp   string       `json:"timestamp"`
	Type        string       `json:"type"`
	NextKey     string       `json:"next_signing_key,omitempty"`
	Source      string       `json:"source"`
	Session     string       `json:"session_id"`
	Version     uint64       `json:"version"`
	Snapshot    *reference   `json:"snapshot"`
	Deltas      []*reference `json:"deltas"`
}

type reference struct {
	Version uint64 `json:"version"`
	URL     string `json:"url"`
	Hash    string `json:"hash"`
}

func (r *reference) check() (Reference, error) {
	switch sum, err := hex.DecodeString(r.Hash); {
	case r.Version == 0:
		return Reference{}, errors.New("a file without a version")
	case err != nil || len(sum) != 32:
		return Reference{}, fmt.Errorf("file %d: %.80q is not a SHA-256", r.Version, r.Hash)
	}
	if _, err := relative(r.URL); err != nil {
		return Reference{}, fmt.Errorf("file %d: %w", r.Version, err)
	}
	return Reference{r.Version, r.URL, strings.ToLower(r.Hash)}, nil
}

// relative wants a URL that is a path below that of the notification, as RFC 10063 does: a signed file cannot send a
// mirror elsewhere.
func relative(link string) (*url.URL, error) {
	u, err := url.Parse(link)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.RawQuery != "" || u.Path == "" ||
		strings.HasPrefix(u.Path, "/") || strings.HasPrefix(path.Clean(u.Path), "..") {
		return nil, fmt.Errorf("%.200q is not a path below that of the notification", link)
	}
	return u, nil
}

// Resolve gives the address of a file, by that of the notification.
func (r Reference) Resolve(notification string) (string, error) {
	base, err := url.Parse(notification)
	if err != nil {
		return "", err
	}
	u, err := relative(r.URL)
	if err != nil {
		return "", err
	}
	return base.ResolveReference(u).String(), nil
}

// readNotification reads the payload of a notification whose signature was checked.
func readNotification(payload []byte) (*Notification, error) {
	var f form
	if err := json.Unmarshal(payload, &f); err != nil {
		return nil, err
	}
	n := &Notification{Source: strings.ToUpper(f.Source), Session: f.Session, Version: f.Version, NextKey: f.NextKey}
	at, err := time.Parse(time.RFC3339, f.Timestamp)
	switch {
	case f.NRTMVersion != 4 || f.Type != "notification":
		return nil, fmt.Errorf("it is %.40q of version %d", f.Type, f.NRTMVersion)
	case err != nil:
		return nil, fmt.Errorf("timestamp: %w", err)
	case at.Year() < 1970 || at.Year() > 9000:
		return nil, fmt.Errorf("timestamp: the year %d", at.Year())
	case n.Source == "":
		return nil, errors.New("no source")
	case !sessionID.MatchString(f.Session):
		return nil, fmt.Errorf("%.80q is not a session", f.Session)
	case f.Snapshot == nil:
		return nil, errors.New("no snapshot")
	case len(f.Deltas) > maxDeltas:
		return nil, fmt.Errorf("%d deltas, and at most %d are read", len(f.Deltas), maxDeltas)
	}
	n.Timestamp = at.UTC()
	if n.NextKey != "" {
		if _, err := ParseKey([]byte(n.NextKey)); err != nil {
			return nil, fmt.Errorf("next_signing_key: %w", err)
		}
	}
	if n.Snapshot, err = f.Snapshot.check(); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return n, n.deltas(f.Deltas)
}

// deltas takes in the deltas, which have no gap, and makes sure that the version is the highest of all.
func (n *Notification) deltas(list []*reference) error {
	highest := n.Snapshot.Version
	for i, r := range list {
		if r == nil {
			return errors.New("deltas: one is null")
		}
		d, err := r.check()
		if err != nil {
			return fmt.Errorf("deltas: %w", err)
		}
		if i > 0 && d.Version != n.Deltas[i-1].Version+1 {
			return fmt.Errorf("deltas: %d behind %d", d.Version, n.Deltas[i-1].Version)
		}
		n.Deltas = append(n.Deltas, d)
		highest = max(highest, d.Version)
	}
	if n.Version != highest {
		return fmt.Errorf("version %d where the highest file is %d", n.Version, highest)
	}
	return nil
}

// Marshal gives the payload that Sign is to sign.
func (n *Notification) Marshal() ([]byte, error) {
	f := form{NRTMVersion: 4, Timestamp: n.Timestamp.UTC().Format(time.RFC3339), Type: "notification", NextKey: n.NextKey, Source: n.Source,
		Session: n.Session, Version: n.Version, Snapshot: &reference{n.Snapshot.Version, n.Snapshot.URL, n.Snapshot.SHA256}, Deltas: []*reference{}}
	for _, d := range n.Deltas {
		f.Deltas = append(f.Deltas, &reference{d.Version, d.URL, d.SHA256})
	}
	return json.Marshal(f)
}
