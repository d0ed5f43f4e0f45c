package main

import (
	"fmt"
	"io"
	"time"
)

// sample is the service as its metrics tell it at a moment.
type sample struct {
	at     time.Duration
	lag    time.Duration
	memory float64 // bytes resident
	all    map[string]float64
}

// watch samples the metrics each second until done.
func (s *service) watch(done <-chan struct{}) (list []sample) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	began := time.Now()
	for {
		m := s.scrape()
		list = append(list, sample{time.Since(began), time.Duration(m["pahra_lag_seconds"] * 1e9), m["process_resident_memory_bytes"], m})
		select {
		case <-done:
			return list
		case <-tick.C:
		}
	}
}

// reportTimes prints how long answers took.
func reportTimes(w io.Writer, what string, rate float64, list []asked) {
	var times []time.Duration
	failed := 0
	for _, p := range list {
		times = append(times, p.took)
		if !p.ok {
			failed++
		}
	}
	fmt.Fprintf(w, "%s: %d asked for at %.0f/s, %d failed; p50 %v, p99 %v, longest %v from when each was due\n", what, len(list), rate, failed,
		percentile(times, 50).Round(100*time.Microsecond), percentile(times, 99).Round(100*time.Microsecond), percentile(times, 100).Round(time.Millisecond))
}

func report(w io.Writer, o options, s *service, pages, control []asked, samples []sample) {
	reportTimes(w, "pages", o.pages, pages)
	reportTimes(w, "beside them, of a server that does nothing", o.pages, control)
	var lags []time.Duration
	last := samples[len(samples)-1]
	low, high := last.memory, last.memory
	for _, one := range samples {
		lags = append(lags, one.lag)
		if last.at-one.at <= 3*time.Minute {
			low, high = min(low, one.memory), max(high, one.memory)
		}
	}
	peak := 0.0
	for _, one := range samples {
		peak = max(peak, one.memory)
	}
	first := samples[0]
	seconds := (last.at - first.at).Seconds()
	of := func(name string) float64 { return last.all[name] - first.all[name] }
	fmt.Fprintf(w, "messages: %.0f recorded in %.0f s, %.0f/s of %.0f/s; %.0f late, %.0f could not be written\n",
		of("pahra_journal_records_total"), seconds, of("pahra_journal_records_total")/seconds, o.rate, of("pahra_journal_late_total"), of("pahra_journal_failed_total"))
	fmt.Fprintf(w, "lag: p50 %v, p99 %v, longest %v\n", percentile(lags, 50).Round(time.Millisecond), percentile(lags, 99).Round(time.Millisecond), percentile(lags, 100).Round(time.Millisecond))
	fmt.Fprintf(w, "incidents: %.0f stored, %.0f within 2 s, %.0f within 10 s of when they were due\n", of("pahra_incident_delay_seconds_count"),
		of(`pahra_incident_delay_seconds_bucket{le="2"}`), of(`pahra_incident_delay_seconds_bucket{le="10"}`))
	fmt.Fprintf(w, "memory: %.0f MiB at most; over the last 3 min between %.0f and %.0f MiB; CPU: %.2f cores\n", peak/(1<<20), low/(1<<20), high/(1<<20),
		of("process_cpu_seconds_total")/seconds)
	var stats map[string]any
	if err := getJSON(s.replay, &stats); err == nil {
		fmt.Fprintf(w, "replayer: %v\n", stats)
	}
}
