package service

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"golang.org/x/sync/errgroup"

	"pahra/internal/routes"
	"pahra/internal/source/folder"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// feed gives the elements of all MRT files in one order: by time, then collector, peer, file and place in the file. It
// does not depend on the order in which the files were found: files of one collector come by their first record's time.
type feed struct {
	dir     *folder.Folder
	waiting []*stream // not yet open, the earliest last
	heads   heads
	all     []*stream
	ctx     context.Context
}

// newFeed looks at the first records of every file. The attributes of all routes get their numbers from in.
func newFeed(ctx context.Context, dir *folder.Folder, sections []section, in *routes.Interner) (*feed, error) {
	firsts := make([]int64, len(sections))
	group, ctxGroup := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := range sections {
		group.Go(func() (err error) {
			if ctxGroup.Err() != nil {
				return ctxGroup.Err()
			}
			firsts[i], err = sections[i].first(dir)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	f := &feed{dir: dir, ctx: ctx}
	for i, sec := range sections {
		f.all = append(f.all, newStream(sec, firsts[i], in))
	}
	slices.SortFunc(f.all, func(a, b *stream) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.file.Collector, b.file.Collector),
			cmp.Compare(a.file.SHA256, b.file.SHA256))
	})
	for i, s := range f.all {
		s.order = i
	}
	f.waiting = slices.Clone(f.all)
	slices.Reverse(f.waiting)
	return f, nil
}

// firstTime gives the time at which a file begins; a file with none sorts first and gives nothing.
func firstTime(dir *folder.Folder, f folder.File) (int64, error) {
	if sec, ok := firstOfHead(dir, f); ok {
		return sec, nil
	}
	in, err := open(dir, f)
	if err != nil {
		return 0, onlyDisk(err)
	}
	defer in.Close()
	secs, err := firstTimes(mrt.NewReader(in, nil), jury)
	if len(secs) > 0 {
		return firstMoment(secs), nil
	}
	return 0, onlyDisk(fmt.Errorf("reading %s: %w", f.Path, err))
}

// onlyDisk gives an error of the disk or the folder, which stops a run. A bad file does not: it is met again, and said,
// when its turn comes.
func onlyDisk(err error) error {
	if disk := (*fs.PathError)(nil); errors.As(err, &disk) {
		return err
	}
	return nil
}

// headLen is where, in all but odd files, a second record stands whole.
const headLen = 256 << 10

// firstOfHead gives the time at which a file begins where the head of the file tells: where two records stand behind
// one another and nothing before or between them.
func firstOfHead(dir *folder.Folder, f folder.File) (sec int64, ok bool) {
	file, err := dir.Open(f)
	if err != nil {
		return 0, false
	}
	defer file.Close()
	head, _ := compressed.Head(file, headLen) // an error will be met again
	sound := true
	r := mrt.NewReader(bytes.NewReader(head), func(values.Problem) { sound = false })
	secs, _ := firstTimes(r, 2)
	ok = len(secs) == 2 && sound
	more, _ := firstTimes(r, jury-2) // the head ends somewhere
	return firstMoment(append(secs, more...)), ok
}

// firstTimes gives the times of the next records, at most limit, and why there are no more.
func firstTimes(r *mrt.Reader, limit int) (secs []int64, err error) {
	for len(secs) < limit {
		rec, err := r.Next()
		if err != nil {
			return secs, err
		}
		secs = append(secs, int64(rec.Sec))
	}
	return secs, nil
}

// next gives the stream whose element is next, or nil at the end. The element holds until the next call.
func (f *feed) next() *stream {
	if len(f.heads) > 0 {
		if f.heads[0].advance() {
			heap.Fix(&f.heads, 0)
		} else {
			heap.Pop(&f.heads)
		}
	}
	for n := len(f.waiting); n > 0 && (len(f.heads) == 0 || f.waiting[n-1].first <= f.heads[0].clock); n-- {
		s := f.waiting[n-1]
		f.waiting = f.waiting[:n-1]
		s.start(f.ctx, f.dir)
		if s.advance() {
			heap.Push(&f.heads, s)
		}
	}
	if len(f.heads) == 0 {
		return nil
	}
	return f.heads[0]
}

// held yields the attribute sets of the elements that have their numbers and are yet to be given.
func (f *feed) held(yield func(routes.AttrID) bool) {
	for _, s := range f.heads {
		for _, id := range s.head.attrs {
			if !yield(id) {
				return
			}
		}
	}
}

// close ends all decoding and waits for it.
func (f *feed) close() {
	for _, s := range f.all {
		s.wait()
	}
}

// reports gives what reading each file came to, by path. It is complete after close.
func (f *feed) reports() []fileReport {
	list := make([]fileReport, len(f.all))
	for i, s := range f.all {
		list[i] = s.report
	}
	slices.SortFunc(list, func(a, b fileReport) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// heads is a heap of streams by their next element.
type heads []*stream

func (h heads) Len() int { return len(h) }

func (h heads) Less(i, j int) bool {
	a, b := h[i], h[j]
	ea, _ := a.elem()
	eb, _ := b.elem()
	if c := cmp.Or(cmp.Compare(a.clock, b.clock), cmp.Compare(ea.Micro, eb.Micro),
		cmp.Compare(a.file.Collector, b.file.Collector)); c != 0 {
		return c < 0
	}
	return cmp.Or(cmp.Compare(ea.PeerAS, eb.PeerAS), ea.PeerIP.Compare(eb.PeerIP), cmp.Compare(a.order, b.order)) < 0
}

func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)   { *h = append(*h, x.(*stream)) }
func (h *heads) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
