package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"pahra/internal/serve"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
	"pahra/internal/taxii"
)

const taxiiServeLong = `Serve TAXII 2.1 until the program is told to end: discovery at /taxii2/, the API root at /taxii2/pahra/.

Once it answers it prints one line of JSON: the addresses of both, and the collections. A state folder without any gets one, with the
alias commons. Who may ask is kept by "pahra taxii user".

Without --tls-cert and --tls-key it answers only with --insecure-loopback, and then only at an address of this machine.

Exit status: 0 ended in order, 2 wrong use, 3 it cannot be served.`

// taxiiServe are the flags as typed.
type taxiiServe struct {
	place     taxiiPlace
	listen    string
	cert, key string
	insecure  bool
}

func newTAXIIServe() *cobra.Command {
	f := &taxiiServe{place: taxiiPlace{makes: true}}
	cmd := &cobra.Command{
		Use:   "serve --listen ADDR --state DIR [--tls-cert F --tls-key F | --insecure-loopback]",
		Short: "Serve TAXII 2.1",
		Long:  taxiiServeLong,
		Example: "  pahra taxii serve --listen :6443 --state /var/lib/pahra --tls-cert cert.pem --tls-key key.pem\n" +
			"  pahra taxii serve --listen 127.0.0.1:0 --state /tmp/taxii --insecure-loopback",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.place.flags(cmd)
	set := cmd.Flags()
	set.StringVar(&f.listen, "listen", "", "`address` to listen at, host:port (required)")
	set.StringVar(&f.cert, "tls-cert", "", "`file` with the server's certificate and those between it and the root, PEM")
	set.StringVar(&f.key, "tls-key", "", "`file` with its key, PEM")
	set.BoolVar(&f.place.live, "decide-anew", false, "decide on each object for a partner whenever it is read, and use no stored decision: slower")
	set.BoolVar(&f.insecure, "insecure-loopback", false, "answer without TLS, at an address of this machine alone")
	return cmd
}

func (f *taxiiServe) check() error {
	switch secure := f.cert != "" && f.key != ""; {
	case f.listen == "":
		return usageError(errors.New("--listen is missing: the address to listen at"))
	case (f.cert == "") != (f.key == ""):
		return usageError(errors.New("--tls-cert and --tls-key go together"))
	case secure && f.insecure:
		return usageError(errors.New("--insecure-loopback does not go with --tls-cert"))
	case !secure && !f.insecure:
		return usageError(errors.New("a certificate is missing: --tls-cert and --tls-key, or --insecure-loopback for this machine alone"))
	case f.insecure && !taxii.Loopback(f.listen):
		return usageError(fmt.Errorf("--insecure-loopback is for addresses of this machine alone, such as 127.0.0.1:6080; %s is none", f.listen))
	}
	return f.place.check()
}

func (f *taxiiServe) run(cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	var settings *tls.Config
	if !f.insecure {
		var err error
		if settings, err = taxii.TLS(f.cert, f.key); err != nil {
			return err
		}
	}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	t, db, err := f.place.open(ctx, 2, log)
	if errors.Is(err, store.ErrLocked) {
		err = fmt.Errorf("%w: one process serves a folder; \"pahra serve\" with a taxii section in its settings serves TAXII as well", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(f.serve(ctx, cmd, t, settings, log), t.Close(), db.Close())
}

// taxiiTitle is what the server calls itself.
const taxiiTitle = "Pahra"

// taxiiReady is what is printed once the server answers.
type taxiiReady struct {
	Discovery   string            `json:"discovery"`
	APIRoot     string            `json:"api_root"`
	Collections []taxiiCollection `json:"collections"`
}

type taxiiCollection struct {
	ID    string               `json:"id"`
	Alias string               `json:"alias"`
	Title string               `json:"title"`
	Kind  store.CollectionKind `json:"kind"`
}

func (f *taxiiServe) serve(ctx context.Context, cmd *cobra.Command, t *serve.TAXII, settings *tls.Config, log *slog.Logger) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	ready, err := f.ready(ctx, t.Service, listener.Addr())
	if err == nil {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(ready)
	}
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := taxii.HTTP(&taxii.Server{Service: t.Service, Title: taxiiTitle, Now: time.Now, Log: log, Books: t.Books})
	server.TLSConfig = settings
	d := &doors{log: log, list: []door{{"taxii", listener, server}}}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return t.Run(running) })
	group.Go(func() error { return d.run(running) })
	return group.Wait()
}

func (f *taxiiServe) ready(ctx context.Context, s *exchange.Service, at net.Addr) (*taxiiReady, error) {
	scheme := "https"
	if f.insecure {
		scheme = "http"
	}
	base := scheme + "://" + at.String()
	r := &taxiiReady{Discovery: base + taxii.DiscoveryPath, APIRoot: base + taxii.RootPath, Collections: []taxiiCollection{}}
	all, err := s.AllCollections(ctx)
	for _, c := range all {
		r.Collections = append(r.Collections, taxiiCollection{c.ID, c.Alias, c.Title, c.Kind})
	}
	return r, err
}
