package exchange

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"strings"

	"pahra/internal/exchange/agreement"
)

// sums are hashes of values in hexadecimal, and the UUIDs of their observables without hyphens. Each kind is made when a text has
// something of its length.
type sums [5]map[string]struct{}

// The kinds of sums: of UUIDs first, then of hashes from the shortest on.
const (
	sumUUID = iota
	sumMD5
	sumSHA1
	sumSHA256
	sumSHA512
)

// hashed looks for hashes and ids where the text, in small letters, has enough hexadecimal digits in a row; hyphens among them do not
// count.
func (s *Search) hashed(low string) bool {
	const least = 32 // of MD5 and of a UUID
	for from := 0; from+least <= len(low); {
		to, digits := from, 0
		for to < len(low) && (low[to] == '-' || nibbles[low[to]] != 0xff) {
			if low[to] != '-' {
				digits++
			}
			to++
		}
		if digits >= least && s.hashedIn(strings.ReplaceAll(low[from:to], "-", "")) {
			return true
		}
		from = to + 1
	}
	return false
}

// hashedIn looks at every place of a run of digits.
func (s *Search) hashedIn(run string) bool {
	if s.tire(len(run)) {
		return true
	}
	for kind, length := range [...]int{sumUUID: 32, sumMD5: 32, sumSHA1: 40, sumSHA256: 64, sumSHA512: 128} {
		for at := 0; at+length <= len(run); at++ {
			sum := run[at : at+length]
			if kind == sumUUID && (sum[12] != '5' || sum[16] < '8' || sum[16] > 'b' || sum[16] > '9' && sum[16] < 'a') {
				continue
			}
			if s.sums[kind] == nil {
				s.sums[kind] = sumsOf(s.values, kind)
			}
			if _, found := s.sums[kind][sum]; found {
				return true
			}
		}
	}
	return false
}

// sumsOf makes the sums of a kind.
func sumsOf(values []value, kind int) map[string]struct{} {
	set := make(map[string]struct{}, 2*len(values))
	add := func(text string) {
		var sum []byte
		switch b := []byte(text); kind {
		case sumMD5:
			m := md5.Sum(b)
			sum = m[:]
		case sumSHA1:
			m := sha1.Sum(b)
			sum = m[:]
		case sumSHA256:
			m := sha256.Sum256(b)
			sum = m[:]
		default:
			m := sha512.Sum512(b)
			sum = m[:]
		}
		set[hex.EncodeToString(sum)] = struct{}{}
	}
	for _, v := range values {
		if kind == sumUUID {
			for _, id := range observableIDs(v) {
				set[id] = struct{}{}
			}
			continue
		}
		add(v.text)
		if low := strings.ToLower(v.text); low != v.text {
			add(low)
		}
	}
	return set
}

// asObservables tells as which properties of observables a value of a kind may stand.
func asObservables(kind agreement.Kind) [][2]string {
	switch kind {
	case agreement.Address, agreement.Network:
		return [][2]string{{"ipv4-addr", "value"}, {"ipv6-addr", "value"}}
	case agreement.Domain:
		return [][2]string{{"domain-name", "value"}}
	case agreement.URL:
		return [][2]string{{"url", "value"}}
	case agreement.Mail:
		return [][2]string{{"email-addr", "value"}}
	case agreement.Account:
		return [][2]string{{"user-account", "user_id"}, {"user-account", "account_login"}, {"email-addr", "value"}}
	}
	return [][2]string{{"ipv4-addr", "value"}, {"mutex", "name"}, {"user-account", "user_id"}, {"user-account", "account_login"}, {"directory", "path"}}
}
