package intel

import (
	"fmt"
	"strings"
)

// prose writes sentences until they have a length, in octets. About one in three names a value of the story.
func (s *story) prose(length int) string {
	var b strings.Builder
	for b.Len() < length {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		if s.m.rand.IntN(3) > 0 {
			b.WriteString(pick(s.m, plain()))
			continue
		}
		s.telling(&b)
	}
	return b.String()
}

// telling writes a sentence that names a value.
func (s *story) telling(b *strings.Builder) {
	switch s.m.rand.IntN(7) {
	case 0:
		fmt.Fprintf(b, "The host %s answered on port %d throughout.", s.host, s.port)
	case 1:
		fmt.Fprintf(b, "Connections went from %s to %s, some %d of them.", s.victim, s.host, 2+s.m.rand.IntN(900))
	case 2:
		fmt.Fprintf(b, "The name %s was registered shortly before.", strings.ReplaceAll(s.domain, ".", "[.]"))
	case 3:
		fmt.Fprintf(b, "A copy was fetched from hxxp%s for analysis.", strings.TrimPrefix(s.url, "http"))
	case 4:
		fmt.Fprintf(b, "The file has the MD5 %s.", s.md5)
	case 5:
		fmt.Fprintf(b, "It is what others call %s, with small changes.", s.family)
	default:
		fmt.Fprintf(b, "Logs of %s show the same since %s.", s.host, s.at.Format("2006-01-02T15:04:05Z"))
	}
}

// plain are sentences that name nothing.
func plain() []string {
	return []string{
		"Operators of the networks concerned are asked to look through their flow records for the last two weeks.",
		"The campaign goes on in waves of a few hours, mostly at night by local time, and rests at weekends.",
		"What was found on the disk agrees with the behaviour seen on the wire, and no other tool was needed to explain it.",
		"Passwords that were typed in there should be changed, and sessions that were open then should be ended.",
		"The certificate was issued for ninety days by an authority that asks nothing but control of the name.",
		"Two constituents confirmed the finding by their own sensors; a third has not answered yet.",
		"The first stage is a script of a few lines that fetches the second and runs it without writing it to the disk.",
		"No sign was found that data left the network, but the logs that could tell go back only nine days.",
		"Blocking is advised at the border, with an entry in the log for each attempt, so that infected hosts can be found.",
		"The service behind it was patched in the meantime, which does not remove what may have been left there before.",
	}
}
