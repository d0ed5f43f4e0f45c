package irr

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"pahra/internal/source/fetch"
	"pahra/wire/compressed"
	"pahra/wire/nrtm"
)

const (
	maxDelta   = 128 << 20 // octets of a delta, as sent and plain
	maxFailed  = 3         // updates that fail at a delta before the snapshot is loaded
	downloaded = "download.tmp"
)

// update4 asks for the notification and follows it (RFC 10063 section 5).
func (s *Source) update4(ctx context.Context) error {
	n, version, err := s.notification(ctx)
	if errors.Is(err, fetch.ErrUnchanged) {
		s.meter.Message(0, time.Time{}) // which is an answer too
		s.age(s.copy.state.Timestamp)
		return nil
	}
	if err != nil {
		return err
	}
	why, err := s.judge(n)
	if err != nil {
		return err
	}
	if why != "" {
		if err := s.mayLoad(why); err != nil {
			return err
		}
		if err := s.loadSnapshot(ctx, n); err != nil {
			return err
		}
	}
	s.copy.state.Timestamp = n.Timestamp
	s.copy.state.Seen = hashes(n)
	s.age(n.Timestamp)
	for _, d := range n.Deltas {
		if d.Version <= s.copy.at.Version {
			continue
		}
		err := errGap
		if d.Version == s.copy.at.Version+1 {
			err = s.applyDelta(ctx, n, d)
		}
		if err != nil {
			s.failed++
			return fmt.Errorf("delta %d: %w", d.Version, err)
		}
	}
	s.calm()
	s.failed, s.version = 0, version
	return nil
}

// age tells a word of the registry that is too old.
func (s *Source) age(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale = ""
	if time.Since(at) > s.config.MaxAge {
		s.stale = "stale: the registry's latest word is of " + at.UTC().Format(time.RFC3339)
	}
}

// notification gets the notification and checks its signature, by the key that is in use or the one that was announced.
func (s *Source) notification(ctx context.Context) (*nrtm.Notification, fetch.Version, error) {
	known := s.version
	if !s.copy.exists() || s.failed > 0 {
		known = fetch.Version{}
	}
	file, err := s.getter.Get(ctx, s.config.NRTM4, known, nrtm.MaxNotification)
	if err != nil {
		return nil, fetch.Version{}, err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, fetch.Version{}, fmt.Errorf("getting the notification: %w", err)
	}
	s.meter.Message(len(text), time.Time{})
	n, err := s.verify(text)
	return n, file.Version, err
}

// verify checks the signature. A key that was announced takes the place of the one before as soon as it signs, and that
// one is never used again (RFC 10063 section 9.6), unless the configuration names another than it did.
func (s *Source) verify(text []byte) (*nrtm.Notification, error) {
	st := &s.copy.state
	configured, err := s.config.key()
	if err != nil {
		return nil, err
	}
	if st.Configured != configured {
		st.Configured, st.Key, st.NextKey = configured, configured, ""
	}
	key, err := nrtm.ParseKey([]byte(st.Key))
	if err != nil {
		return nil, err
	}
	n, err := nrtm.VerifyNotification(text, key)
	rotated := false
	if errors.Is(err, nrtm.ErrSignature) && st.NextKey != "" {
		next, err2 := nrtm.ParseKey([]byte(st.NextKey))
		if err2 != nil {
			return nil, err2
		}
		n, err = nrtm.VerifyNotification(text, next)
		rotated = err == nil
	}
	if err != nil {
		return nil, err
	}
	if rotated {
		s.log.Info("the registry signs with its next key now")
		st.Key, st.NextKey = st.NextKey, ""
	}
	if n.NextKey != "" && n.NextKey != st.Key && n.NextKey != st.NextKey {
		st.NextKey, rotated = n.NextKey, true
	}
	if rotated {
		return n, s.copy.save()
	}
	return n, nil
}

// judge tells why the snapshot must be loaded, empty where the deltas do, or why the notification is refused.
func (s *Source) judge(n *nrtm.Notification) (load string, err error) {
	at, st := s.copy.at, s.copy.state
	next := at.Version + 1
	switch {
	case n.Source != s.config.Registry:
		return "", fmt.Errorf("the notification is that of %s", n.Source)
	case !s.copy.exists():
		return "there is no copy yet", nil
	case n.Session != at.Session && n.Timestamp.Before(st.Timestamp):
		return "", fmt.Errorf("another session whose notification is of %s, older than the last: a replay", n.Timestamp.Format(time.RFC3339))
	case n.Session != at.Session:
		return "the registry began a new session", nil
	case n.Version+1 == at.Version:
		return "", fmt.Errorf("version %d, one before that of the copy: from a cache", n.Version)
	case n.Version < at.Version:
		return "", fmt.Errorf("version %d, far before %d of the copy", n.Version, at.Version)
	}
	for file, sum := range hashes(n) {
		if before, ok := st.Seen[file]; ok && before != sum {
			return "", fmt.Errorf("the registry gives %s another hash than before", file)
		}
	}
	switch {
	case s.failed >= maxFailed:
		return "the deltas could not be applied", nil
	case n.Version >= next && (len(n.Deltas) == 0 || n.Deltas[0].Version > next || n.Deltas[len(n.Deltas)-1].Version < n.Version):
		return fmt.Sprintf("no delta leads on from version %d", at.Version), nil
	}
	return "", nil
}

// hashes gives the hash of each file that a notification names.
func hashes(n *nrtm.Notification) map[string]string {
	out := map[string]string{fmt.Sprintf("snapshot %d", n.Snapshot.Version): n.Snapshot.SHA256}
	for _, d := range n.Deltas {
		out[fmt.Sprintf("delta %d", d.Version)] = d.SHA256
	}
	return out
}

// loadSnapshot puts the snapshot in place of the copy, once its hash was checked.
func (s *Source) loadSnapshot(ctx context.Context, n *nrtm.Notification) (err error) {
	if err := s.download(ctx, n.Snapshot); err != nil {
		return fmt.Errorf("snapshot %d: %w", n.Snapshot.Version, err)
	}
	defer func() { err = errors.Join(err, s.copy.root.Remove(downloaded)) }()
	file, err := s.copy.root.Open(downloaded)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, _, err := compressed.NewReader(file, compressed.Options{MaxBytes: maxPlain})
	if err != nil {
		return fmt.Errorf("snapshot %d: %w", n.Snapshot.Version, err)
	}
	defer plain.Close()
	head := nrtm.FileHeader{Source: n.Source, Session: n.Session, Version: n.Snapshot.Version}
	o, err := s.copy.load(ctx, func(yield func([]byte, uint8, string) error) error {
		return nrtm.ReadSnapshot(plain, head, func(object []byte) error {
			name, key, err := nrtm.KeyOf(object)
			class, kept := s.copy.class(name)
			if err == nil && !kept {
				return nil
			}
			return yield(object, class, key) // counted where it has no key
		})
	}, position{Session: n.Session, Version: n.Snapshot.Version})
	if err != nil {
		return err
	}
	s.tell(o)
	return nil
}

// download gets a file into the folder and checks its hash.
func (s *Source) download(ctx context.Context, r nrtm.Reference) (err error) {
	in, err := s.open4(ctx, r, s.config.MaxBytes)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := s.copy.root.Create(downloaded)
	if err != nil {
		return err
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(out, sum), in)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	s.meter.Message(int(size), time.Time{})
	return same(sum.Sum(nil), r)
}

func (s *Source) open4(ctx context.Context, r nrtm.Reference, limit int64) (*fetch.File, error) {
	link, err := r.Resolve(s.config.NRTM4)
	if err != nil {
		return nil, err
	}
	return s.getter.Get(ctx, link, fetch.Version{}, limit)
}

func same(sum []byte, r nrtm.Reference) error {
	if got := hex.EncodeToString(sum); got != r.SHA256 {
		return fmt.Errorf("its SHA-256 is %s, and the notification says %s", got, r.SHA256)
	}
	return nil
}

// applyDelta gets one delta, checks it to its end, and only then applies it.
func (s *Source) applyDelta(ctx context.Context, n *nrtm.Notification, r nrtm.Reference) error {
	in, err := s.open4(ctx, r, maxDelta)
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	s.meter.Message(len(text), time.Time{})
	sum := sha256.Sum256(text)
	if err := same(sum[:], r); err != nil {
		return err
	}
	plain, _, err := compressed.NewReader(bytes.NewReader(text), compressed.Options{MaxBytes: maxDelta})
	if err != nil {
		return err
	}
	defer plain.Close()
	var changes []nrtm.Change
	head := nrtm.FileHeader{Source: n.Source, Session: n.Session, Version: r.Version}
	if err := nrtm.ReadDelta(plain, head, func(c nrtm.Change) error { changes = append(changes, c); return nil }); err != nil {
		return err
	}
	s.tell(s.copy.apply(changes, position{Session: n.Session, Version: r.Version}))
	if s.copy.size > maxPending {
		return s.copy.merge(ctx)
	}
	return nil
}
