package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"pahra/internal/api"
	"pahra/internal/limit"
	"pahra/internal/serve"
	"pahra/internal/service"
	"pahra/internal/taxii"
	"pahra/internal/web/app"
)

// doors are the listeners of a service.
type doors struct {
	list   []door
	pages  *app.App // nil where there are none
	health *health
	log    *slog.Logger
}

type door struct {
	name     string
	listener net.Listener
	server   *http.Server
}

// serve serves, with TLS where the server has settings for it.
func (d *door) serve() error {
	if d.server.TLSConfig != nil {
		return d.server.ServeTLS(d.listener, "", "")
	}
	return d.server.Serve(d.listener)
}

// openDoors listens, so that a port that is taken is an error at once.
func openDoors(ctx context.Context, s *serve.Server, log *slog.Logger) (*doors, error) {
	d := &doors{log: log, health: &health{ready: s.Ready, log: log}}
	if s.Config.Has("web") && s.Config.Listen != "" {
		handler, err := d.publicDoor(s)
		if err != nil {
			return nil, err
		}
		if err := d.open(ctx, "pages", s.Config.Listen, handler); err != nil {
			return nil, err
		}
	}
	if s.TAXII != nil {
		if err := d.openTAXII(ctx, s); err != nil {
			return nil, errors.Join(err, d.close())
		}
	}
	if s.Config.Metrics != "" {
		if err := d.open(ctx, "metrics", s.Config.Metrics, d.ownDoor(s)); err != nil {
			return nil, errors.Join(err, d.close())
		}
	}
	return d, nil
}

func (d *doors) open(ctx context.Context, name, address string, handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listening for %s: %w", name, err)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: readLimit, ReadTimeout: readLimit, WriteTimeout: writeLimit, IdleTimeout: idleLimit, MaxHeaderBytes: maxHeader,
	}
	d.list = append(d.list, door{name, listener, server})
	return nil
}

// openTAXII listens for TAXII.
func (d *doors) openTAXII(ctx context.Context, s *serve.Server) error {
	set, log := s.Config.TAXII, d.log.With("part", "taxii")
	server := taxii.HTTP(&taxii.Server{Service: s.TAXII.Service, Title: taxiiTitle, Now: time.Now, Log: log, Books: s.TAXII.Books})
	if !set.InsecureLoopback {
		var err error
		if server.TLSConfig, err = taxii.TLS(set.TLSCert, set.TLSKey); err != nil {
			return err
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", set.Listen)
	if err != nil {
		return fmt.Errorf("listening for taxii: %w", err)
	}
	d.list = append(d.list, door{"taxii", listener, server})
	return nil
}

// address is where the pages are, or "" where there are none.
func (d *doors) address() string {
	for _, one := range d.list {
		if one.name == "pages" {
			return one.listener.Addr().String()
		}
	}
	return ""
}

func (d *doors) close() error {
	var errs []error
	for _, one := range d.list {
		errs = append(errs, one.listener.Close())
	}
	return errors.Join(errs...)
}

// run serves until ctx ends, and then lets requests that are under way end.
func (d *doors) run(ctx context.Context) error {
	group, running := errgroup.WithContext(ctx)
	if d.pages != nil {
		group.Go(func() error { d.pages.Run(running); return nil })
	}
	for _, one := range d.list {
		one.server.BaseContext = func(net.Listener) context.Context { return running } // ends those that never end by themselves
		group.Go(func() error {
			if err := one.serve(); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serving %s: %w", one.name, err)
			}
			return nil
		})
		group.Go(func() error {
			<-running.Done()
			drain, stop := context.WithTimeout(context.WithoutCancel(ctx), drainLimit-2*time.Second)
			defer stop()
			if err := one.server.Shutdown(drain); err != nil {
				d.log.Warn("requests were cut short", "for", one.name, "err", err)
				return one.server.Close()
			}
			return nil
		})
	}
	return group.Wait()
}

// publicDoor is what everybody can ask for.
func (d *doors) publicDoor(s *serve.Server) (http.Handler, error) {
	streams := limit.NewStreams(s.Config.Clients.Streams, s.Config.Clients.StreamsEach)
	pages, accounts, err := pagesOf(s, streams, d.log.With("part", "web"))
	if err != nil {
		return nil, err
	}
	d.pages = pages
	if err := joinPortal(s, pages, d.log.With("part", "web")); err != nil {
		return nil, err
	}
	answers, err := apiOf(s, pages, accounts, streams, d.log.With("part", "api"))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	d.health.join(mux)
	mux.Handle(api.Root, answers)
	form, err := joinForm(s, pages, d.log.With("part", "web"))
	if err != nil {
		return nil, err
	}
	if form != nil {
		mux.HandleFunc("POST /api/v1/desk/statements", form.Take)
	}
	if s.Desk != nil && accounts != nil {
		uploads := uploadsOf(s, accounts, d.log.With("part", "desk"))
		mux.Handle(api.UploadsRoot, uploads)
		mux.Handle(api.UploadsRoot+"/", uploads)
	}
	mux.Handle("/", pages)
	return mux, nil
}

// ownDoor is for who runs the service: metrics, health and profiles.
func (d *doors) ownDoor(s *serve.Server) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		service.Metrics{Live: s.Live, Sources: s.Sources, Alerts: s.Alerts})
	mux := http.NewServeMux()
	d.health.join(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
