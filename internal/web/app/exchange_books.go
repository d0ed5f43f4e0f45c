package app

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	sharing "pahra/internal/exchange"
	"pahra/internal/ledger"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
	"pahra/internal/web"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// How much pages of the exchange's books show.
const (
	reviewsShown = 20
	leavesShown  = 30
)

// reviews is the queue of what agreements ask a person about, with what would leave beside what is here.
func (p *deskPage) reviews(w http.ResponseWriter, r *http.Request) error {
	v := &web.ExchangeReviews{Waiting: []web.ExchangeReview{}}
	v.Done = map[string]string{"release": "It is theirs to see, as it was shown.", "refuse": "It stays here."}[r.URL.Query().Get("did")]
	return p.showReviews(w, r, http.StatusOK, v)
}

func (p *deskPage) showReviews(w http.ResponseWriter, r *http.Request, status int, v *web.ExchangeReviews) error {
	x, err := p.exchange()
	if err != nil {
		return err
	}
	ctx := r.Context()
	queue, err := x.Queue(ctx, "")
	if err != nil {
		return err
	}
	v.More = max(0, len(queue)-reviewsShown)
	for _, waits := range queue[:len(queue)-v.More] {
		sides, err := x.Show(ctx, waits.Collection, waits.Item)
		if errors.Is(err, store.ErrNotFound) { // somebody decided meanwhile
			continue
		}
		one := web.ExchangeReview{Collection: waits.Collection, Partner: waits.Partner, Item: waits.Item, Version: waits.Version, Clause: waits.Clause, Reason: waits.Reason}
		if err != nil {
			one.Nothing = err.Error()
		}
		for _, o := range sides.Home {
			if lines := sides.Lines[o.ID()]; len(lines) > 0 {
				one.Objects = append(one.Objects, beforeAfter(o, sides.Lines[o.ID()]))
			}
		}
		v.Waiting = append(v.Waiting, one)
	}
	if len(v.Waiting) > 0 {
		if err := p.looked(ctx, "exchange.review", "objects that wait"); err != nil {
			return err
		}
	}
	return p.show(w, r, status, "What may leave?", "exchange_reviews", v)
}

// beforeAfter gives an object property by property.
func beforeAfter(o *stix.Object, lines []sharing.Line) web.ExchangeObject {
	v := web.ExchangeObject{Type: o.Type(), ID: o.ID()}
	for _, l := range lines {
		_, field, _ := strings.Cut(l.Field, ".")
		row := web.ExchangeRow{Field: l.Field, Action: l.Action, Clause: l.Clause}
		if was := o.Get(field); was != nil {
			row.Before = string(was.Append(nil))
			if was.Is(jsontree.String) {
				row.Before = was.Text
			}
		}
		if l.After != nil {
			row.After, v.Leaves = *l.After, true
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// decideReview lets an item out that waits, or keeps it.
func (p *deskPage) decideReview(w http.ResponseWriter, r *http.Request) error {
	x, err := p.exchange()
	if err != nil {
		return err
	}
	act := r.PostFormValue("act")
	if act != "release" && act != "refuse" {
		return wrong("there is no act %.20q", act)
	}
	collection, item := r.PostFormValue("collection"), r.PostFormValue("item")
	err = p.asShown(r.Context(), x, collection, item, r.PostFormValue("version"))
	if err == nil {
		_, err = x.Decide(r.Context(), collection, item, act == "release", strings.TrimSpace(r.PostFormValue("why")), p.viewer.Account)
	}
	switch {
	case errors.Is(err, exchange.ErrReason):
		return p.reviewWrong(w, r, "say why")
	case errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict):
		return p.reviewWrong(w, r, "it is not what was shown any more: look again")
	case err != nil:
		return err
	}
	return p.did(w, r, "/desk/exchange/reviews", act)
}

// asShown makes sure that a person decides on the version that they saw.
func (p *deskPage) asShown(ctx context.Context, x *exchange.Exchange, collection, item, version string) error {
	queue, err := x.Queue(ctx, collection)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(queue, func(w exchange.Waiting) bool { return w.Item == item && strconv.FormatInt(w.Version, 10) == version }) {
		return store.ErrNotFound
	}
	return nil
}

func (p *deskPage) reviewWrong(w http.ResponseWriter, r *http.Request, says string) error {
	if extension(r) == asJSON {
		return wrong("%s", says)
	}
	v := &web.ExchangeReviews{Waiting: []web.ExchangeReview{}}
	v.Wrong = says
	return p.showReviews(w, r, http.StatusUnprocessableEntity, v)
}

// recalls is what was taken back, and who has acknowledged it.
func (p *deskPage) recalls(w http.ResponseWriter, r *http.Request) error {
	v := &web.ExchangeRecalls{Item: r.URL.Query().Get("item")}
	v.Done = map[string]string{"recall": "It is taken back."}[r.URL.Query().Get("did")]
	return p.showRecalls(w, r, http.StatusOK, v)
}

func (p *deskPage) showRecalls(w http.ResponseWriter, r *http.Request, status int, v *web.ExchangeRecalls) error {
	x, err := p.exchange()
	if err != nil {
		return err
	}
	if v.Recalls, err = x.Recalls(r.Context()); err != nil {
		return err
	}
	slices.Reverse(v.Recalls)
	v.Now = p.desk.Now()
	return p.show(w, r, status, "What was taken back?", "exchange_recalls", v)
}

// recall takes an item back from everybody who got some of it.
func (p *deskPage) recall(w http.ResponseWriter, r *http.Request) error {
	x, err := p.exchange()
	if err != nil {
		return err
	}
	item := strings.TrimSpace(r.PostFormValue("item"))
	_, err = x.Recall(r.Context(), item, strings.TrimSpace(r.PostFormValue("why")), p.viewer.Account)
	says := map[error]string{exchange.ErrReason: "say why", store.ErrNotFound: "there is no such item", store.ErrConflict: "it was taken back before"}
	for is, text := range says {
		if errors.Is(err, is) {
			if extension(r) == asJSON {
				return wrong("%s", text)
			}
			return p.showRecalls(w, r, http.StatusUnprocessableEntity, &web.ExchangeRecalls{Said: web.Said{Wrong: text}, Item: item})
		}
	}
	if err != nil {
		return err
	}
	return p.did(w, r, "/desk/exchange/recalls", "recall")
}

// ledgers are the books of what left.
func (p *deskPage) ledgers(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.exchange(); err != nil {
		return err
	}
	v := &web.ExchangeLedgers{Ledgers: []web.ExchangeLedger{}}
	dirs, err := ledger.Find(p.desk.Ledgers)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, dir := range dirs {
		one := web.ExchangeLedger{Name: strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(dir, p.desk.Ledgers)), "/")}
		if err := readLedger(dir, &one); err != nil {
			one.Problem = err.Error()
		}
		v.Ledgers = append(v.Ledgers, one)
	}
	return p.show(w, r, http.StatusOK, "What left?", "exchange_ledger", v)
}

// readLedger puts what a ledger says into a view.
func readLedger(dir string, v *web.ExchangeLedger) (err error) {
	l, err := ledger.OpenToRead(dir)
	if errors.Is(err, os.ErrNotExist) {
		return errors.New("nothing of it is signed yet: that is done when the partner first looks at it")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	checkpoint, err := l.Checkpoint()
	if err != nil {
		return err
	}
	v.Entries, v.Checkpoint, v.Key = int(l.Size()), string(checkpoint), l.PublicKey()
	last, err := l.Last(leavesShown)
	if err != nil {
		return err
	}
	for _, entry := range last {
		leaf, err := ledger.ParseLeaf(entry)
		if err != nil {
			return err
		}
		v.Last = append(v.Last, *leaf)
	}
	return nil
}
