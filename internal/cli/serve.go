package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"pahra/internal/web"
)

// The limits of the file server.
const (
	readLimit  = 10 * time.Second
	writeLimit = time.Minute
	idleLimit  = 2 * time.Minute
	drainLimit = 10 * time.Second
	maxHeader  = 16 << 10
)

// serveFolder serves a folder of pages until the context ends, and says where once it listens.
func serveFolder(ctx context.Context, w io.Writer, dir, address string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("serving the pages: %w", err)
	}
	defer root.Close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("serving the pages: %w", err)
	}
	server := &http.Server{
		Handler: withPolicy(http.FileServerFS(root.FS())), ReadHeaderTimeout: readLimit, ReadTimeout: readLimit,
		WriteTimeout: writeLimit, IdleTimeout: idleLimit, MaxHeaderBytes: maxHeader,
	}
	fmt.Fprintf(w, "serving the pages on http://%s/ until interrupted\n", listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving the pages: %w", err)
	case <-ctx.Done():
	}
	drain, stop := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer stop()
	err = server.Shutdown(drain)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("shutting the server down: %w", err)
	}
	fmt.Fprintln(w, "stopped")
	return nil
}

// withPolicy lets only pages be read, and tells browsers what the pages may do.
func withPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", web.Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		if r.URL.Path != "/" && strings.HasSuffix(r.URL.Path, "/") { // no listing of tens of thousands of pages
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
