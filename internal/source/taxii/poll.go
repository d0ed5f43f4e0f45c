package taxii

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Resume is how far a poll or a push came. The zero value is the beginning.
type Resume struct {
	Of     string    `json:"of"`               // what it is of: the addresses of objects
	Added  time.Time `json:"added"`            // date_added up to which all was taken
	Within bool      `json:"within,omitempty"` // there was more: perhaps with that same date_added
	Recent []string  `json:"recent,omitempty"` // hashes of the objects last taken, which may come again
	Octets int64     `json:"octets,omitempty"` // for who takes them: how many lie in the output
	Pushed int64     `json:"pushed,omitempty"` // of a push: the objects that the server has dealt with
}

// The bounds of a poll.
const (
	defaultLimit = 500
	mostLimit    = 1 << 14
	mostEmpty    = 3 // pages, one after the other, that bring nothing and say that there is more
	mostAgain    = 3
)

var (
	// ErrLoop says that a server's pages lead nowhere.
	ErrLoop = errors.New("the server's pages lead nowhere")
	// ErrPaging says that a server gives nothing to go on by.
	ErrPaging = errors.New("the server says that there is more and not where")
	// ErrOther says that a resume is of another collection.
	ErrOther = errors.New("the resume file is of another collection")
)

// Poller polls one collection. Poll is called once at a time.
type Poller struct {
	Client     *Client
	Collection *Collection
	Limit      int // objects of a page; 0: 500
	query      query
	pages      map[string]bool // hashes of those that came
	empty      int             // pages, one after the other, without an object
	again      int             // times, one after the other, that it went on by date_added for want of an answer
}

// query asks for a page.
type query struct {
	after time.Time
	next  string
	limit int
}

// page is one answer.
type page struct {
	More    bool
	Next    string
	Objects []json.RawMessage
	last    time.Time // date_added of the last; zero where the server does not say
}

// Poll takes all that is new since r. take is called for each page, with its objects as the server wrote them and how far that is: when
// it returned nil both must last. Objects that were taken just before, and come again as they were, are left out.
func (p *Poller) Poll(ctx context.Context, r Resume, take func(objects []json.RawMessage, now Resume) error) error {
	if at := p.Collection.Address(); r.Of != "" && r.Of != at {
		return fmt.Errorf("%w: %s, not %s", ErrOther, r.Of, at)
	}
	r.Of = p.Collection.Address()
	p.begin(r)
	for {
		got, err := p.page(ctx, p.query)
		if p.lost(ctx, err) {
			p.byDate(&r)
			continue
		}
		if err != nil {
			return err
		}
		fresh, digests := r.fresh(got.Objects)
		p.again = 0
		if err := p.goOn(got, len(fresh), digests); err != nil {
			return err
		}
		r.advance(got, digests)
		if err := take(fresh, r); err != nil {
			return err
		}
		if !got.More {
			return nil
		}
	}
}

func (p *Poller) begin(r Resume) {
	p.query = query{after: r.Added, limit: p.Limit}
	if p.query.limit == 0 {
		p.query.limit = defaultLimit
	}
	p.pages, p.empty, p.again = map[string]bool{}, 0, 0
	if r.Within {
		p.byDate(&r)
	}
}

// byDate goes on by date_added, with an overlap, behind what was taken.
func (p *Poller) byDate(r *Resume) {
	p.query.next, p.query.after, p.pages = "", time.Time{}, map[string]bool{}
	if !r.Added.IsZero() {
		p.query.after = r.Added.Add(-time.Microsecond)
	}
}

// lost says whether a cursor leads no further: it is no longer good, or no answer came, in which case the server may have moved it on.
func (p *Poller) lost(ctx context.Context, err error) bool {
	if err == nil || p.query.next == "" || ctx.Err() != nil || final(err) || p.again == mostAgain {
		return false
	}
	p.again++
	var status *StatusError
	if !errors.As(err, &status) {
		return true
	}
	switch status.Code {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return true
	}
	return false
}

// goOn says how the page after this one is asked for.
func (p *Poller) goOn(got *page, fresh int, digests []string) error {
	if !got.More {
		if len(got.Objects) > 0 && got.last.IsZero() {
			return fmt.Errorf("%w: X-TAXII-Date-Added-Last is missing", ErrPaging)
		}
		return nil
	}
	if p.empty++; len(got.Objects) > 0 {
		p.empty = 0
	}
	sum := sha256.Sum256([]byte(strings.Join(digests, "")))
	before := p.pages[string(sum[:])]
	p.pages[string(sum[:])] = len(digests) > 0
	if got.Next != "" {
		if before || p.empty >= mostEmpty {
			return fmt.Errorf("%w: the cursor %.60q brings what came before, or nothing", ErrLoop, p.query.next)
		}
		p.query.next = got.Next
		return nil
	}
	if got.last.IsZero() {
		return fmt.Errorf("%w: there is neither a cursor nor X-TAXII-Date-Added-Last", ErrPaging)
	}
	if fresh == 0 { // more objects than a page have one date_added
		if p.query.limit *= 2; p.query.limit > mostLimit || p.empty >= mostEmpty {
			return fmt.Errorf("%w: too many objects have the date_added %s", ErrPaging, stamp(got.last))
		}
	}
	p.query.after, p.query.next = got.last.Add(-time.Microsecond), ""
	return nil
}

// fresh gives the objects that were not taken just before, and the hashes of all.
func (r *Resume) fresh(objects []json.RawMessage) (fresh []json.RawMessage, digests []string) {
	before := make(map[string]bool, len(r.Recent))
	for _, d := range r.Recent {
		before[d] = true
	}
	for _, o := range objects {
		d := digest(o)
		if !before[d] {
			fresh = append(fresh, o)
		}
		before[d] = true
		digests = append(digests, d)
	}
	return fresh, digests
}

// advance notes a page. Hashes are kept of what may come again with an overlap of a microsecond.
func (r *Resume) advance(got *page, digests []string) {
	r.Within = got.More
	if len(digests) == 0 || got.last.IsZero() {
		return
	}
	if r.Added.After(got.last.Add(-time.Microsecond)) {
		for _, d := range digests {
			if !slices.Contains(r.Recent, d) {
				r.Recent = append(r.Recent, d)
			}
		}
	} else {
		r.Recent = digests
	}
	if got.last.After(r.Added) {
		r.Added = got.last
	}
}

func digest(object json.RawMessage) string {
	var small bytes.Buffer
	if json.Compact(&small, object) != nil {
		small.Write(object) // it was read as JSON before
	}
	sum := sha256.Sum256(small.Bytes())
	return hex.EncodeToString(sum[:12])
}

// stamp writes a time as TAXII has it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func (p *Poller) page(ctx context.Context, q query) (*page, error) {
	address := p.Collection.objects()
	values := address.Query()
	values.Set("limit", strconv.Itoa(q.limit))
	if !q.after.IsZero() {
		values.Set("added_after", stamp(q.after))
	}
	if q.next != "" {
		values.Set("next", q.next)
	}
	address.RawQuery = values.Encode()
	got := new(page)
	a, err := p.Client.get(ctx, address, got)
	if err != nil {
		return nil, err
	}
	got.last, err = lastAdded(a.header)
	return got, err
}

// lastAdded reads the time of the last object, whatever digits it has, cut to the microsecond.
func lastAdded(h http.Header) (time.Time, error) {
	text := h.Get("X-TAXII-Date-Added-Last")
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: X-TAXII-Date-Added-Last is %.60q", errAnswer, text)
	}
	return t.UTC().Truncate(time.Microsecond), nil
}
