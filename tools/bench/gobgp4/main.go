// Command gobgp4 decodes every entry of an uncompressed MRT file with GoBGP v4, to be timed.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/osrg/gobgp/v4/pkg/packet/mrt"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	scanner := bufio.NewScanner(bufio.NewReaderSize(file, 1<<20))
	scanner.Buffer(make([]byte, 1<<20), 64<<20)
	scanner.Split(mrt.SplitMrt)
	routes, bad := 0, 0
	for scanner.Scan() {
		record := scanner.Bytes()
		head, err := mrt.ParseHeader(record)
		if err != nil {
			bad++
			continue
		}
		msg, err := mrt.ParseBody(record[mrt.MRT_COMMON_HEADER_LEN:], head)
		if err != nil {
			bad++
			continue
		}
		if rib, ok := msg.Body.(*mrt.Rib); ok {
			routes += len(rib.Entries)
		}
	}
	fmt.Printf("{\"mode\":\"gobgp4\",\"routes\":%d,\"bad\":%d}\n", routes, bad)
}
