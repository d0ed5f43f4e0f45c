// Command load measures a running service from outside: a world is replayed to "pahra serve" as RIS Live at a fixed rate
// while an open-loop client asks for pages, and both are timed from the moment at which each should have begun.
//
//	load -pahra ../../bin/pahra -rate 20000 -pages 100 -for 5m
//
// It prints one line for each figure: page times and, to hold them against, those of a server that does nothing, asked
// beside it in the same way; incidents' delays and the watermark's lag by percentile, messages sent
// and recorded, memory and its drift over the last three minutes. It judges nothing; docs/operations.md has the figures
// that are expected.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

type options struct {
	pahra                    string
	networks, peers, subject int
	rate, pages              float64
	length, publish          time.Duration
	dir                      string
	bare                     bool
}

func main() {
	var o options
	flag.StringVar(&o.pahra, "pahra", "bin/pahra", "the program")
	flag.IntVar(&o.networks, "networks", 2000, "networks in the world")
	flag.IntVar(&o.peers, "peers", 30, "networks that feed the collectors")
	flag.IntVar(&o.subject, "subjects", 500, "different networks and neighbourhoods that are asked for")
	flag.Float64Var(&o.rate, "rate", 20000, "messages a second")
	flag.Float64Var(&o.pages, "pages", 100, "pages a second")
	flag.DurationVar(&o.length, "for", 5*time.Minute, "how long")
	flag.StringVar(&o.dir, "dir", "", "where to work; a temporary folder unless given")
	flag.DurationVar(&o.publish, "publish", 5*time.Minute, "how often a run is published; the service's default is 15m")
	flag.BoolVar(&o.bare, "bare", false, "be the server that does nothing")
	flag.Parse()
	if o.bare {
		fmt.Fprintln(os.Stderr, "load:", bare())
		os.Exit(3)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(3)
	}
}

func run(o options) (err error) {
	if o.pahra, err = filepath.Abs(o.pahra); err != nil {
		return err
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "pahra-load-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.dir)
	}
	s, err := start(o)
	if s != nil {
		defer s.stop()
	}
	if err != nil {
		return err
	}
	paths, err := s.subjects(o.subject)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	samples := make(chan []sample, 1)
	go func() { samples <- s.watch(done) }()
	control := make(chan []asked, 1)
	go func() { control <- ask("http://"+bareAt, []string{"/"}, o.pages, o.length) }()
	times := ask(s.pages, paths, o.pages, o.length)
	close(done)
	report(os.Stdout, o, s, times, <-control, <-samples)
	return nil
}
