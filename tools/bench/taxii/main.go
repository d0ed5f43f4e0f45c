// Command taxii measures a TAXII 2.1 server from outside: so many connections ask for pages of a collection, each from an
// added_after that is drawn at random from all the collection's times, and every answer is read to its end.
//
//	taxii -url https://127.0.0.1:8443/taxii2/pahra/ -collection ID -user NAME -password P -ca cert.pem -for 30s -pid 4711
//
// It prints one JSON object: requests and objects a second, times by percentile in milliseconds, octets, failures, and the
// processor seconds that itself and the server (-pid) took, with the server's memory. Exit 1: a request failed.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

type options struct {
	url, collection, user, password, ca string
	limit, conns, pid                   int
	length, warm                        time.Duration
	seed                                uint64
}

func main() {
	var o options
	flag.StringVar(&o.url, "url", "", "the API root")
	flag.StringVar(&o.collection, "collection", "", "the collection's id")
	flag.StringVar(&o.user, "user", "", "the user's name")
	flag.StringVar(&o.password, "password", "", "and password")
	flag.StringVar(&o.ca, "ca", "", "a file with the certificate that is trusted")
	flag.IntVar(&o.limit, "limit", 100, "objects of a page")
	flag.IntVar(&o.conns, "conns", 16, "connections")
	flag.IntVar(&o.pid, "pid", 0, "the server's process")
	flag.DurationVar(&o.length, "for", 30*time.Second, "how long")
	flag.DurationVar(&o.warm, "warm", 2*time.Second, "how long before that, uncounted")
	flag.Uint64Var(&o.seed, "seed", 1, "what the times are drawn from")
	flag.Parse()
	r, err := run(&o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "taxii:", err)
		os.Exit(3)
	}
	out, err := json.Marshal(r)
	if err != nil {
		panic(err) // numbers and texts alone
	}
	fmt.Println(string(out))
	if r.Failed > 0 {
		os.Exit(1)
	}
}
