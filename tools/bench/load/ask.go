package main

import (
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// asked is one page: how long it took from when it should have been asked for, and whether it came.
type asked struct {
	took time.Duration
	ok   bool
}

// ask asks for pages at a fixed rate, whether earlier ones have come or not.
func ask(base string, paths []string, rate float64, length time.Duration) []asked {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256, DisableCompression: false}}
	n := int(rate * length.Seconds())
	list := make([]asked, n)
	var wait sync.WaitGroup
	began := time.Now()
	for i := range n {
		due := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		wait.Go(func() {
			resp, err := client.Get(base + paths[i*7919%len(paths)])
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				list[i].ok = err == nil && resp.StatusCode == http.StatusOK
			}
			list[i].took = time.Since(due)
		})
	}
	wait.Wait()
	return list
}

// bare answers with next to nothing until it is killed: what asking it takes is what this machine makes of any request.
func bare() error {
	return http.ListenAndServe(bareAt, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here\n") }))
}

// percentile gives that of durations.
func percentile(list []time.Duration, p float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return list[min(len(list)-1, int(p/100*float64(len(list))))]
}
