// Command gobgp3 decodes every entry of an uncompressed MRT file with GoBGP v3, to be timed.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/osrg/gobgp/v3/pkg/packet/mrt"
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
		head := &mrt.MRTHeader{}
		if err := head.DecodeFromBytes(record); err != nil {
			bad++
			continue
		}
		msg, err := mrt.ParseMRTBody(head, record[mrt.MRT_COMMON_HEADER_LEN:])
		if err != nil {
			bad++
			continue
		}
		if rib, ok := msg.Body.(*mrt.Rib); ok {
			routes += len(rib.Entries)
		}
	}
	fmt.Printf("{\"mode\":\"gobgp3\",\"routes\":%d,\"bad\":%d}\n", routes, bad)
}
