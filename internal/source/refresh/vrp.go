package refresh

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/fetch"
	"pahra/wire/compressed"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// maxPlain bounds a file that was decompressed.
const maxPlain = 16 << 30

// VRPConfig says where a validator publishes what it found valid.
type VRPConfig struct {
	// URL of JSON (rpki-client, Routinator's json and jsonext, StayRTR, OctoRPKI) or CSV, compressed or not. HTTP without
	// TLS is for a validator of one's own network.
	URL string `yaml:"url"`
	// Every is how often to ask, by default 15m. Confirm is after how long VRPs that did not change are stored again, if
	// the validator publishes them anew; by default 6h.
	Every   time.Duration `yaml:"every"`
	Confirm time.Duration `yaml:"confirm"`
	// MaxAge is how old the validator's run may be, by its own word, to be taken; by default 6h. Older is an error.
	MaxAge time.Duration `yaml:"max_age"`
	// MaxBytes bounds the file as it is sent, by default 1 GiB.
	MaxBytes int64 `yaml:"max_bytes"`
}

// Check refuses what cannot be meant.
func (c VRPConfig) Check() error {
	if c.Every < 0 || c.Confirm < 0 || c.MaxAge < 0 || c.MaxBytes < 0 {
		return errors.New("every, confirm, max_age or max_bytes is below 0")
	}
	if err := fetch.CheckURL(c.URL, true); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	return nil
}

// VRP is the source of one validator's VRPs. It implements source.Source.
type VRP struct {
	name   string
	config VRPConfig
	depot  source.Depot
	log    *slog.Logger
	meter  *source.Meter
	getter fetch.Getter

	// What follows belongs to Run.
	version fetch.Version
	digest  [sha256.Size]byte // of what was stored last, times aside
	stored  time.Time
	backoff source.Backoff

	mu   sync.Mutex
	good time.Time // when the validator last had something to say
}

// NewVRP makes the source.
func NewVRP(name string, c VRPConfig, depot source.Depot, log *slog.Logger) (*VRP, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	set(&c.Every, 15*time.Minute)
	set(&c.Confirm, 6*time.Hour)
	set(&c.MaxAge, 6*time.Hour)
	if c.MaxBytes == 0 {
		c.MaxBytes = 1 << 30
	}
	return &VRP{name: name, config: c, depot: depot, log: log, meter: source.NewMeter(name, "vrp", time.Now),
		getter: fetch.Getter{Client: fetch.NewClient(), UserAgent: "pahra (VRPs)"}, good: time.Now(),
		backoff: source.Backoff{Min: 10 * time.Second, Max: c.Every}}, nil
}

// Status says how the validator answers. Its alarm is what is held, or that nothing new came for longer than MaxAge.
func (v *VRP) Status() source.Status {
	s := v.meter.Status()
	s.Alarm = v.depot.Alarm(v.name)
	v.mu.Lock()
	defer v.mu.Unlock()
	if time.Since(v.good) > v.config.MaxAge {
		s.Alarm = "stale: nothing new since " + v.good.UTC().Format(time.RFC3339)
	}
	return s
}

// Run asks until ctx ends.
func (v *VRP) Run(ctx context.Context) error {
	defer v.getter.Client.CloseIdleConnections()
	for {
		pause := v.config.Every
		err := v.refresh(ctx)
		var held *source.HeldError
		switch {
		case ctx.Err() != nil:
			v.meter.Down(nil)
			return nil
		case err == nil || errors.Is(err, fetch.ErrUnchanged):
			if err != nil {
				v.meter.Message(0, time.Time{}) // that there is nothing new is an answer too
			}
			v.meter.Up()
			v.backoff.Reset()
		case errors.As(err, &held):
			v.meter.Up()
			v.meter.Failed(err)
			v.backoff.Reset()
		default:
			v.meter.Down(err)
			v.log.Warn("VRPs were not refreshed", "error", err)
			pause = fetch.Pause(err, v.backoff.Next())
		}
		if source.Sleep(ctx, pause) != nil {
			v.meter.Down(nil)
			return nil
		}
	}
}

// refresh asks once.
func (v *VRP) refresh(ctx context.Context) error {
	set, version, err := v.get(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	if built := set.BuildTime; !built.IsZero() && now.Sub(built) > v.config.MaxAge {
		return fmt.Errorf("the validator ran at %s, which is more than %v ago", built.Format(time.RFC3339), v.config.MaxAge)
	}
	if len(set.VRPs) == 0 {
		return errors.New("the validator has no VRPs at all")
	}
	built := set.BuildTime
	set.BuildTime = time.Time{}
	sum := sha256.New()
	if err := set.Write(sum); err != nil {
		return err
	}
	digest := [sha256.Size]byte(sum.Sum(nil))
	if digest != v.digest || now.Sub(v.stored) >= v.config.Confirm {
		set.BuildTime = built
		err = v.depot.Put(ctx, source.Fact{Source: v.name, Kind: "vrp", Format: "json", Time: now, Counts: anchors(set), Write: set.Write})
		var held *source.HeldError
		if err != nil && !errors.As(err, &held) {
			return err // and the version is not known, so that it is asked for again
		}
		v.digest, v.stored = digest, now
	}
	v.version = version
	v.mu.Lock()
	defer v.mu.Unlock()
	v.good = now
	return err
}

// get gets and reads the file.
func (v *VRP) get(ctx context.Context) (set *vrp.Set, version fetch.Version, err error) {
	file, err := v.getter.Get(ctx, v.config.URL, v.version, v.config.MaxBytes)
	if err != nil {
		return nil, version, err
	}
	defer file.Close()
	count := &counter{r: file}
	plain, _, err := compressed.NewReader(count, compressed.Options{MaxBytes: maxPlain})
	if err != nil {
		return nil, version, err
	}
	defer plain.Close()
	bad := 0
	set, err = vrp.Read(plain, func(p values.Problem) {
		if bad++; bad == 1 {
			v.meter.Failed(fmt.Errorf("a record of the validator cannot be read: %v", p))
		}
	})
	if err != nil {
		return nil, version, err
	}
	v.meter.Message(int(count.n.Load()), set.BuildTime)
	return set, file.Version, nil
}

// anchors counts the VRPs of each trust anchor, and all.
func anchors(set *vrp.Set) map[string]int {
	counts := map[string]int{"VRPs": len(set.VRPs)}
	for _, r := range set.VRPs {
		if r.TA != "" {
			counts["trust anchor "+r.TA]++
		}
	}
	return counts
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
