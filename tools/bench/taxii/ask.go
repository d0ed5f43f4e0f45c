package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	media     = "application/taxii+json;version=2.1"
	timeForm  = "2006-01-02T15:04:05.000000Z"
	lastAdded = "X-TAXII-Date-Added-Last"
)

// report is what a run found.
type report struct {
	Requests   int     `json:"requests"`
	Failed     int     `json:"failed"`
	First      string  `json:"first_failure,omitempty"`
	Seconds    float64 `json:"seconds"`
	PerSecond  float64 `json:"requests_per_second"`
	Objects    float64 `json:"objects_per_second"`
	Octets     float64 `json:"octets_per_second"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Longest    float64 `json:"longest_ms"`
	OwnCPU     float64 `json:"own_cpu_seconds"`
	ServerCPU  float64 `json:"server_cpu_seconds"`
	ServerRSS  float64 `json:"server_rss_mib"`
	ServerPeak float64 `json:"server_peak_mib"`
}

type client struct {
	o      *options
	http   *http.Client
	first  time.Time
	length time.Duration // of the collection's times
}

// tally is what one connection saw.
type tally struct {
	times           []time.Duration
	octets, objects int
	failed          int
	first           string
}

func run(o *options) (*report, error) {
	c, err := dial(o)
	if err != nil {
		return nil, err
	}
	if err := c.bounds(); err != nil {
		return nil, err
	}
	c.load(o.warm)
	own, server := cpu(os.Getpid()), cpu(o.pid)
	begin := time.Now()
	all := c.load(o.length)
	took := time.Since(begin).Seconds()
	r := &report{Seconds: took, OwnCPU: cpu(os.Getpid()) - own, ServerCPU: cpu(o.pid) - server}
	r.ServerRSS, r.ServerPeak = memory(o.pid)
	r.sum(all, took)
	return r, nil
}

func (r *report) sum(all []tally, took float64) {
	var times []time.Duration
	for _, t := range all {
		times = append(times, t.times...)
		r.Failed += t.failed
		r.Objects += float64(t.objects) / took
		r.Octets += float64(t.octets) / took
		if r.First == "" {
			r.First = t.first
		}
	}
	slices.Sort(times)
	r.Requests, r.PerSecond = len(times), float64(len(times))/took
	at := func(share float64) float64 {
		if len(times) == 0 {
			return 0
		}
		return float64(times[min(len(times)-1, int(share*float64(len(times))))].Microseconds()) / 1000
	}
	r.P50, r.P99, r.Longest = at(0.5), at(0.99), at(1)
}

func dial(o *options) (*client, error) {
	t := &http.Transport{MaxIdleConnsPerHost: o.conns, MaxConnsPerHost: o.conns, DisableCompression: true, ReadBufferSize: 64 << 10}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", o.ca)
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	return &client{o: o, http: &http.Client{Transport: t, Timeout: 5 * time.Minute}}, nil
}

// ask asks for a page and gives its body and the last time on it; the body is only good until the next use of buf.
func (c *client) ask(buf *bytes.Buffer, limit int, after time.Time) (last string, err error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if !after.IsZero() {
		q.Set("added_after", after.UTC().Format(timeForm))
	}
	req, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(c.o.url, "/")+"/collections/"+c.o.collection+"/objects/?"+q.Encode(), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", media)
	req.SetBasicAuth(c.o.user, c.o.password)
	answer, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	buf.Reset()
	_, err = buf.ReadFrom(answer.Body)
	_, _ = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d: %.200s", answer.StatusCode, buf.String())
	}
	return answer.Header.Get(lastAdded), err
}

// bounds finds the first and the last time of the collection, the last by halving what is left.
func (c *client) bounds() error {
	var buf bytes.Buffer
	first, err := c.ask(&buf, 1, time.Time{})
	if err != nil {
		return err
	}
	if c.first, err = time.Parse(time.RFC3339Nano, first); err != nil {
		return errors.New("the collection is empty, or the server gives no " + lastAdded)
	}
	low, high := c.first, time.Now()
	for high.Sub(low) > time.Millisecond {
		middle := low.Add(high.Sub(low) / 2)
		last, err := c.ask(&buf, 1, middle)
		if err != nil {
			return err
		}
		if last == "" {
			high = middle
		} else {
			low = middle
		}
	}
	c.length = low.Sub(c.first)
	return nil
}

// load has all connections ask for so long.
func (c *client) load(length time.Duration) []tally {
	all := make([]tally, c.o.conns)
	end := time.Now().Add(length)
	var wait sync.WaitGroup
	for i := range all {
		wait.Go(func() {
			draw := rand.New(rand.NewPCG(c.o.seed, uint64(i)))
			var buf bytes.Buffer
			for time.Now().Before(end) {
				after := c.first.Add(time.Duration(draw.Int64N(int64(c.length) + 1)))
				begin := time.Now()
				_, err := c.ask(&buf, c.o.limit, after)
				all[i].note(time.Since(begin), buf.Bytes(), err)
			}
		})
	}
	wait.Wait()
	return all
}

// note counts an answer. Its objects are counted by what each of them has once at its top, which a text could have too.
func (t *tally) note(took time.Duration, body []byte, err error) {
	if err != nil {
		t.failed++
		if t.first == "" {
			t.first = err.Error()
		}
		return
	}
	t.times = append(t.times, took)
	t.octets += len(body)
	t.objects += bytes.Count(body, []byte(`"spec_version"`))
}
