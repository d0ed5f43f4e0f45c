package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"pahra/internal/source"
	"pahra/internal/source/replay"
	"pahra/internal/world"
)

// teller tells the demonstration's service what its world says: routes by RIS Live's protocol and VRPs as a validator
// does, on a loopback port of its own, and the facts of registries as files in the data folder.
type teller struct {
	opt      demoOptions
	listener net.Listener
	stream   *replay.Server
	left     time.Time // when an earlier start's service heard something last
	reported time.Time // until when its desk has reports

	mu      sync.Mutex // over the world
	year    *world.Year
	present *world.Present
	chapter time.Duration
}

func startTeller(ctx context.Context, opt demoOptions, made madeUp) (*teller, error) {
	t := &teller{opt: opt, year: made.year, reported: made.reported, chapter: made.year.Chapter(), stream: replay.New(replay.Options{Wait: true}, opt.log.With("part", "replayer"))}
	// The journal keeps its mark all the time, so that the file is as old as what was heard last.
	if info, err := os.Stat(filepath.Join(opt.state, "watermark")); err == nil {
		t.left = info.ModTime()
	}
	var err error
	t.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the replayer: %w", err)
	}
	return t, nil
}

func (t *teller) address() net.Addr { return t.listener.Addr() }

// run tells until ctx ends.
func (t *teller) run(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.Handle("/", t.stream.Handler())
	mux.HandleFunc("GET /vrps.json", t.vrps)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: readLimit, MaxHeaderBytes: maxHeader}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(t.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serving the replayer: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-running.Done()
		return errors.Join(t.stream.Close(), server.Close())
	})
	group.Go(func() error { return t.stream.Run(running, t) })
	group.Go(func() error { return t.keepFacts(running) })
	group.Go(func() error { return t.report(running) })
	return group.Wait()
}

// Next gives what is heard next. It is that of [replay.Feed].
func (t *teller) Next(context.Context) (e replay.Event, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.present == nil {
		if t.present, err = t.year.Present(t.opt.now().Truncate(time.Second), t.left); err != nil {
			return e, err
		}
	}
	heard, err := t.present.Next()
	return replay.Event{Collector: heard.Collector, Record: heard.Record, At: heard.At}, err
}

func (t *teller) vrps(w http.ResponseWriter, _ *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if err := t.year.VRPs(w, t.opt.now().UTC().Truncate(time.Minute)); err != nil {
		t.opt.log.Warn("the validator did not answer", "err", err)
	}
}

// keepFacts writes the registries' facts now and whenever a chapter begins. The VRPs that change with them have the
// service look at the folder.
func (t *teller) keepFacts(ctx context.Context) error {
	root, err := os.OpenRoot(filepath.Join(t.opt.state, "data"))
	if err != nil {
		return fmt.Errorf("writing facts: %w", err)
	}
	defer root.Close()
	for {
		now := t.opt.now().UTC()
		if err := t.writeFacts(root, now); err != nil {
			return err
		}
		if err := source.Sleep(ctx, now.Truncate(t.chapter).Add(t.chapter+time.Second).Sub(now)); err != nil {
			return err
		}
	}
}

func (t *teller) writeFacts(root *os.Root, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.year.Facts(folderSink{root}, now.Truncate(time.Minute)); err != nil {
		return fmt.Errorf("writing facts: %w", err)
	}
	return nil
}
