package watch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"pahra/internal/checkpoint"
	"pahra/internal/routes"
	"pahra/wire/values"
)

const (
	saveKind = "watch"
	// saveVersion is that of what Save writes; it changes whenever that does, or what a saved value means.
	saveVersion = 2
)

// ErrOtherSettings is wrapped by Restore's error where the checkpoint was made with other settings.
var ErrOtherSettings = errors.New("the checkpoint was made with other settings")

// Save writes the whole engine down, its table with it, so that [Restore] makes an engine that comes to the same. Nothing
// changes by it. The same state gives the same octets. The facts are not written, nor what [Engine.Changed] told.
//
// Attribute sets that were numbered for elements yet to be fed are left out: number them again after Restore.
func (e *Engine) Save(w io.Writer) error {
	k := newKeeper(checkpoint.NewWriter(w, saveKind, saveVersion), e)
	text, err := json.Marshal(e.set)
	if err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	k.Bytes(&text, mostText)
	k.scalars()
	k.numbers = e.table.Save(k.Coder, e.evidenceSets(), e.notedPaths())
	k.rest()
	if err := k.Close(); err != nil {
		return fmt.Errorf("saving the watch: %w", err)
	}
	return nil
}

// Restore makes the engine that [Engine.Save] wrote down. set must be the settings that it had; facts must be those that
// were given to it last, and are taken as they are: nothing is judged anew. Where they may have changed meanwhile, call
// [Engine.SetFacts] with the new ones afterwards. [Engine.ForgetUnused] must be called again. From then on the same elements
// give the same incidents, byte for byte.
//
// A checkpoint that is damaged or cut short is an error that wraps [checkpoint.ErrDamaged].
func Restore(r io.Reader, set Settings, facts Facts) (*Engine, error) {
	e, err := restore(r, set, facts)
	if err != nil {
		return nil, fmt.Errorf("restoring the watch: %w", err)
	}
	return e, nil
}

func restore(r io.Reader, set Settings, facts Facts) (*Engine, error) {
	c, err := checkpoint.NewReader(r, saveKind, saveVersion)
	if err != nil {
		return nil, err
	}
	var text []byte
	if c.Bytes(&text, mostText); c.Err() != nil {
		return nil, c.Err()
	}
	if err := sameSettings(text, set); err != nil {
		return nil, err
	}
	k := newKeeper(c, New(set, routes.NewTable(routes.NewInterner())))
	k.e.facts = facts
	k.scalars()
	k.e.table = routes.LoadTable(c)
	k.e.in = k.e.table.Interner()
	k.rest()
	if err := k.Close(); err != nil {
		return nil, err
	}
	k.e.swept = k.e.in.Kept()
	return k.e, nil
}

// sameSettings gives an error that names the settings that differ.
func sameSettings(text []byte, set Settings) error {
	var was Settings
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("%w: its settings: %w", checkpoint.ErrDamaged, err)
	}
	var differ []string
	before, now := was.places(), set.places()
	for _, name := range set.names() {
		if a, b := valueAt(before[name]), valueAt(now[name]); a != b {
			differ = append(differ, fmt.Sprintf("%s was %s and is %s", name, a, b))
		}
	}
	if !slices.Equal(was.Off, set.Off) {
		differ = append(differ, fmt.Sprintf("off was %q and is %q", was.Off, set.Off))
	}
	if len(differ) > 0 {
		return fmt.Errorf("%w: %v", ErrOtherSettings, differ)
	}
	return nil
}

// Bounds for a reader, beyond what there ever was.
const (
	mostText   = 1 << 16
	mostOf     = 1 << 28 // of tracks, links, incidents, explanations …
	mostBytes  = 1 << 24 // of a record, or of an explanation
	mostReport = 1 << 30 // of an incident as it ended
)

// keeper shows an engine's fields to a checkpoint, and so writes or reads them.
type keeper struct {
	*checkpoint.Coder
	e       *Engine
	numbers *routes.Numbers // of the writer
	tracks  map[int]*track  // of the reader, by seq
	names   map[string]uint64
	named   []string
	last    int64 // the time shown last
}

func newKeeper(c *checkpoint.Coder, e *Engine) *keeper {
	return &keeper{Coder: c, e: e, tracks: make(map[int]*track), names: make(map[string]uint64)}
}

// scalars are what is no list.
func (k *keeper) scalars() {
	e := k.e
	k.Section("engine")
	checkpoint.Int(k.Coder, &e.heldFacts)
	checkpoint.Int(k.Coder, &e.made)
	for _, at := range [...]*int64{&e.judging, &e.now, &e.warm, &e.lastEntry, &e.wholeFrom, &e.naive.announcements, &e.naive.flagged, &e.naive.forgotten} {
		checkpoint.Int(k.Coder, at)
	}
	checkpoint.Int(k.Coder, &e.naive.refused)
	checkpoint.Int(k.Coder, &e.naive.refusedLinks)
	k.Bool(&e.shaken)
	k.Bool(&e.whole)
}

// rest is what refers to the table.
func (k *keeper) rest() {
	k.paths()
	k.leaks()
	k.allTracks()
	k.states()
	k.pending()
	k.groups()
	checkpoint.List(k.Coder, &k.e.log, mostOf, k.explained)
}

// evidenceSets says of each attribute set whether the evidence of a track has it.
func (e *Engine) evidenceSets() []bool {
	used := make([]bool, e.in.Len()+1)
	for _, t := range e.followedTracks() {
		for i := range t.sights {
			used[t.sights[i].attr] = true
		}
	}
	return used
}

// notedPaths says of each path whether it was looked at.
func (e *Engine) notedPaths() []bool {
	noted := make([]bool, e.in.Paths()+1)
	for _, notes := range e.paths {
		for id := range notes {
			noted[id] = noted[id] || notes[id].seen
		}
	}
	return noted
}

// asn writes or reads a network.
func (k *keeper) asn(a *values.ASN) { checkpoint.Uint(k.Coder, a) }

// time writes or reads a time as what it is after the last; 0 stands for none.
func (k *keeper) time(sec *int64) {
	step := uint64(0)
	if *sec != 0 {
		d := *sec - k.last
		step = (uint64(d)<<1 ^ uint64(d>>63)) + 1
	}
	at := int64(0)
	if checkpoint.Uint(k.Coder, &step); step != 0 {
		step--
		k.last += int64(step>>1) ^ -int64(step&1)
		at = k.last
	}
	if k.Reading() {
		*sec = at
	}
}

// time32 is time for one that is kept in 32 bits.
func (k *keeper) time32(sec *uint32) {
	at := int64(*sec)
	if k.time(&at); k.Reading() {
		*sec = uint32(at)
	}
}

// prefix writes or reads a prefix's number.
func (k *keeper) prefix(id *routes.PrefixID) {
	if checkpoint.Uint(k.Coder, id); k.Reading() && int(*id) >= k.e.table.Len() {
		k.Fail("there is no prefix %d", *id)
		*id = 0
	}
}

// peer writes or reads a session's number.
func (k *keeper) peer(id *routes.PeerID) {
	if checkpoint.Uint(k.Coder, id); k.Reading() && int(*id) >= k.e.table.Peers.Len() {
		k.Fail("there is no session %d", *id)
	}
}

// attr writes or reads an attribute set's number.
func (k *keeper) attr(id *routes.AttrID) {
	n := *id
	if !k.Reading() && n != 0 {
		n = k.numbers.Attr(n)
	}
	if checkpoint.Uint(k.Coder, &n); !k.Reading() {
		return
	}
	if *id = n; int(n) > k.e.in.Len() {
		k.Fail("there is no attribute set %d", n)
		*id = 0
	}
}

// name writes or reads a string that comes again and again.
func (k *keeper) name(s *string) {
	n := k.names[*s]
	if checkpoint.Uint(k.Coder, &n); n == 0 {
		k.String(s, mostText)
		k.named = append(k.named, *s)
		k.names[*s] = uint64(len(k.named))
		return
	}
	if k.Reading() {
		if n > uint64(len(k.named)) {
			k.Fail("there is no name %d", n)
			return
		}
		*s = k.named[n-1]
	}
}
