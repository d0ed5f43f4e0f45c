package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"pahra/internal/testdata"
	"pahra/internal/web/app"
)

// look is one way to look at a page.
type look struct {
	name    string
	dark    bool
	scripts bool
	width   int64
	height  int64
}

// looks are light and dark, with and without scripts, wide and narrow.
func looks() []look {
	return []look{
		{"light", false, true, 1280, 900}, {"dark", true, true, 1280, 900}, {"light-noscript", false, false, 1280, 900},
		{"dark-noscript", true, false, 1280, 900}, {"phone", false, true, 390, 844}, {"phone-dark", true, true, 390, 844},
	}
}

// TestInABrowser: each page, looked at in every way, gives axe nothing to object to, breaks no policy and asks no other
// host for anything. PAHRA_SHOTS names a folder for pictures of all of them.
func TestInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium := testdata.Tool(t, "chromium")
	axe := testdata.Axe(t)
	s := liveShown(t)
	server := httptest.NewServer(appOf(t, configOf(s)))
	defer server.Close()
	b := newWatcher(t, chromium, server.URL, axe)
	paths := append(somePages(t, s), "/nothing")
	for _, how := range looks() {
		t.Run(how.name, func(t *testing.T) {
			b.t = t
			for _, path := range paths {
				b.look(how, path)
			}
		})
	}
	b.t = t
}

// watcher is a browser that notes what it asks for and what it complains of.
type watcher struct {
	t    *testing.T
	ctx  context.Context
	host string
	axe  string

	mu       sync.Mutex
	asked    []string
	complain []string
}

func newWatcher(t *testing.T, chromium, host, axe string) *watcher {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(t.TempDir()))
	alloc, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Error(err)
		}
		end()
	})
	b := &watcher{t: t, ctx: ctx, host: host, axe: axe}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{call(ctx, network.Enable, network.EnableParams{}), call(ctx, log.Enable, cdp.Empty{})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// call runs a command that has no answer.
func call[P any](ctx context.Context, command cdp.Command[P, cdp.Empty], with P) error {
	_, err := chromedp.Call(ctx, command, with)
	return err
}

// hear notes what the browser does and says.
func (b *watcher) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "404") {
			return // a page that is not there, on purpose
		}
		b.complain = append(b.complain, fmt.Sprintf("%s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text))
	case *runtime.EventExceptionThrown:
		b.complain = append(b.complain, e.ExceptionDetails.Text)
	}
}

// look loads a page and judges it.
func (b *watcher) look(how look, path string) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, time.Minute)
	defer stop()
	b.mu.Lock()
	b.asked, b.complain = nil, nil
	b.mu.Unlock()
	scheme := "light"
	if how.dark {
		scheme = "dark"
	}
	violations, wide, err := b.load(ctx, how, path, scheme)
	if err != nil {
		b.t.Errorf("%s %s: %v", how.name, path, err)
		return
	}
	if wide != "" {
		b.t.Errorf("%s %s is wider than the window: %s", how.name, path, wide)
	}
	b.judge(how, path, violations)
	b.shoot(ctx, how, path)
}

// What axe finds, and whether the page is wider than its window.
const (
	axeRun = `axe.run({resultTypes: ['violations']}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id,
		nodes: v.nodes.slice(0, 4).map(n => n.html.slice(0, 160) + ' | ' + (n.failureSummary || '').slice(0, 240))}))))`
	tooWide = `document.documentElement.scrollWidth > document.documentElement.clientWidth + 1 ? document.documentElement.scrollWidth + ' > ' + document.documentElement.clientWidth : ''`
)

// load loads a page and lets axe look at it.
func (b *watcher) load(ctx context.Context, how look, path, scheme string) (violations, wide string, err error) {
	for _, step := range []func() error{
		func() error {
			return call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: how.width, Height: how.height, DeviceScaleFactor: 1, Mobile: how.width < 600})
		},
		func() error {
			return call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		},
		func() error {
			return call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !how.scripts})
		},
		func() error { return chromedp.Do(ctx, chromedp.Navigate(b.host+path)) },
		func() error { // for axe; the page's own had their chance
			return call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
		},
		func() error { return chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](b.axe+";0")) },
		func() (err error) {
			violations, err = chromedp.Run(ctx, chromedp.Evaluate[string](axeRun, chromedp.EvalAwaitPromise))
			return err
		},
		func() (err error) {
			wide, err = chromedp.Run(ctx, chromedp.Evaluate[string](tooWide))
			return err
		},
	} {
		if err := step(); err != nil {
			return "", "", err
		}
	}
	return violations, wide, nil
}

func (b *watcher) judge(how look, path, violations string) {
	var found []struct {
		ID    string
		Nodes []string
	}
	if err := json.Unmarshal([]byte(violations), &found); err != nil {
		b.t.Errorf("%s %s: axe said %q", how.name, path, violations)
	}
	for _, v := range found {
		b.t.Errorf("%s %s: %s\n  %s", how.name, path, v.ID, strings.Join(v.Nodes, "\n  "))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, at := range b.asked {
		u, err := url.Parse(at)
		if err != nil || !strings.HasPrefix(at, b.host+"/") && u.Scheme != "data" {
			b.t.Errorf("%s %s asks another host: %s", how.name, path, at)
		}
	}
	if len(b.asked) == 0 {
		b.t.Errorf("%s %s: nothing was heard of its requests", how.name, path)
	}
	for _, c := range b.complain {
		b.t.Errorf("%s %s: %s", how.name, path, c)
	}
}

// shoot takes a picture of the whole page.
func (b *watcher) shoot(ctx context.Context, how look, path string) {
	dir := os.Getenv("PAHRA_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Errorf("%s %s: %v", how.name, path, err)
		return
	}
	name := strings.Trim(strings.NewReplacer("/", "_", "?", "_", "=", "_", "&", "_", ":", "_").Replace(path), "_")
	if name == "" {
		name = "home"
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Error(err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+"."+how.name+".png"), png, 0o644); err != nil {
		b.t.Error(err)
	}
}

var _ http.Handler = (*app.App)(nil)
