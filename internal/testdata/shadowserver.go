package testdata

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Report is a report as Shadowserver writes them, made up: a header and lines of it.
type Report struct {
	Columns    []string
	Numbers    []string // columns of numbers beside those whose names say so
	Lines      int
	Seed       uint64
	Duplicates float64 // of the lines so many repeat an earlier one
	Bad        float64 // so many are no good
	Networks   int     // how many networks the lines are of; 400,000 unless told
	Day        time.Time
}

// Write writes the report and tells how many of its lines are bad.
func (r Report) Write(w io.Writer) (bad int, err error) {
	out := bufio.NewWriterSize(w, 1<<16)
	rnd := rand.New(rand.NewPCG(r.Seed, 1))
	fmt.Fprintf(out, "\"%s\"\n", strings.Join(r.Columns, `","`))
	makers := make([]maker, len(r.Columns))
	for i, column := range r.Columns {
		if makers[i] = makerOf(column); slices.Contains(r.Numbers, column) {
			makers[i] = func(_ time.Time, rnd *rand.Rand) string { return strconv.Itoa(rnd.IntN(60000)) }
		}
		if r.Networks > 0 && strings.HasSuffix(column, "asn") {
			makers[i] = func(_ time.Time, rnd *rand.Rand) string { return strconv.Itoa(1 + rnd.IntN(r.Networks)) }
		}
	}
	var earlier []string
	var b strings.Builder
	for range r.Lines {
		line := ""
		if len(earlier) > 0 && rnd.Float64() < r.Duplicates {
			line = earlier[rnd.IntN(len(earlier))]
		} else {
			b.Reset()
			r.line(&b, makers, rnd)
			line = b.String()
		}
		if rnd.Float64() < r.Bad {
			bad++
			line = spoil(line, rnd)
		} else if len(earlier) < 1000 {
			earlier = append(earlier, line)
		} else {
			earlier[rnd.IntN(1000)] = line
		}
		out.WriteString(line)
		out.WriteByte('\n')
	}
	return bad, out.Flush()
}

// spoil makes a line bad: cut short, with too many columns, or with a time that is none.
func spoil(line string, rnd *rand.Rand) string {
	switch rnd.IntN(3) {
	case 0:
		return line[:strings.LastIndexByte(line[:len(line)/2], '"')] // the quote is open, or columns are missing
	case 1:
		return line + `,"one","column","too","many"`
	}
	return `"2026-13-45 25:61:00"` + line[strings.IndexByte(line, ','):]
}

func (r Report) line(b *strings.Builder, makers []maker, rnd *rand.Rand) {
	moment := r.Day.Add(time.Duration(rnd.IntN(86400)) * time.Second)
	for i, value := range makers {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(value(moment, rnd))
		b.WriteByte('"')
	}
}

// maker makes up values of a column.
type maker func(moment time.Time, rnd *rand.Rand) string

// makerOf tells by a column's name what its values look like.
func makerOf(column string) maker {
	number := func(low, high int) maker {
		return func(_ time.Time, rnd *rand.Rand) string { return strconv.Itoa(low + rnd.IntN(high-low)) }
	}
	at := func(layout string) maker {
		return func(moment time.Time, _ *rand.Rand) string { return moment.Format(layout) }
	}
	switch last := column[strings.LastIndexByte(column, '_')+1:]; {
	case column == "timestamp", last == "date" && strings.HasPrefix(column, "cert"):
		return at(time.DateTime)
	case last == "date":
		return at("Mon, 02 Jan 2006 15:04:05 GMT")
	case last == "ip":
		return func(_ time.Time, rnd *rand.Rand) string {
			return netip.AddrFrom4([4]byte{byte(1 + rnd.IntN(222)), byte(rnd.IntN(256)), byte(rnd.IntN(256)), byte(rnd.IntN(256))}).String()
		}
	case last == "port":
		return number(0, 65536)
	case last == "asn":
		return number(1, 400000)
	case last == "length", last == "size", last == "code", column == "ssl_version":
		return number(0, 2000)
	case last == "hostname":
		return func(_ time.Time, rnd *rand.Rand) string {
			return "host-" + strconv.Itoa(rnd.IntN(1<<24)) + pick(rnd, ".example.net", ".example.org", ".customers.example.in")
		}
	case last == "fingerprint":
		octets := map[string]int{"md5_fingerprint": 16, "sha1_fingerprint": 20, "sha256_fingerprint": 32, "sha512_fingerprint": 64}[column]
		return func(_ time.Time, rnd *rand.Rand) string { return fingerprint(rnd, octets) }
	case last == "amplification":
		return func(_ time.Time, rnd *rand.Rand) string { return strconv.FormatFloat(rnd.Float64()*20, 'f', 4, 64) }
	}
	list := words(column)
	return func(_ time.Time, rnd *rand.Rand) string { return pick(rnd, list...) }
}

// words are the values of the columns that hold words.
func words(column string) []string {
	known := map[string][]string{
		"protocol": {"tcp", "udp"}, "severity": {"high", "medium", "low"}, "tag": {"openresolver", "ssl,vpn", "ssl;cve-2021-26855", ""},
		"region": {"KARNATAKA", "HESSEN", "CALIFORNIA"}, "city": {"BENGALURU", "FRANKFURT AM MAIN", "LOS ANGELES"},
		"geo": {"IN", "DE", "US", "BR", "JP"}, "naics": {"0", "517311", "518210"},
		"sector": {"Communications, Service Provider, and Hosting Service", "Education", ""}, "infection": {"andromeda", "mirai", "avalanche"},
		"application": {"http", "https"}, "hostname_source": {"ptr", "ssl"}, "http_url": {"GET /index.php?id=1 HTTP/1.1"},
		"http_host": {"gate.example.com"}, "url": {"http://gate.example.com/x"}, "http_agent": {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"},
		"cipher_suite": {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"}, "handshake": {"TLSv1.2"}, "signature_algorithm": {"sha256WithRSAEncryption"},
		"content_type": {"text/html; charset=UTF-8"}, "http_reason": {"OK"}, "server_type": {"nginx", "Apache"}, "event_id": {""},
	}
	if list, there := known[column]; there {
		return list
	}
	switch last := column[strings.LastIndexByte(column, '_')+1:]; last {
	case "region", "city", "geo", "naics", "sector":
		return known[last]
	case "poodle", "vulnerable", "valid", "signed", "expired", "trusted":
		return []string{"Y", "N"}
	}
	return []string{"", "", column + " of it"}
}

func pick(rnd *rand.Rand, list ...string) string { return list[rnd.IntN(len(list))] }

func fingerprint(rnd *rand.Rand, octets int) string {
	var b strings.Builder
	for i := range max(octets, 1) {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02X", rnd.IntN(256))
	}
	return b.String()
}
