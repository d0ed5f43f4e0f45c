package intelmq

import (
	"slices"
	"strings"
)

// taxonomies are the classes of the RSIT, which classification.taxonomy takes.
var taxonomies = [...]string{"abusive-content", "availability", "fraud", "information-content-security", "information-gathering",
	"intrusion-attempts", "intrusions", "malicious-code", "other", "test", "vulnerable"}

// kinds are what classification.type takes: the types of the RSIT and those that IntelMQ adds. One is spelt in both ways.
var kinds = [...]string{"application-compromise", "blacklist", "brute-force", "burglary", "c2-server", "copyright", "data-leak",
	"data-loss", "ddos", "ddos-amplifier", "dga-domain", "dos", "exploit", "harmful-speech", "ids-alert", "infected-system",
	"information-disclosure", "malware", "malware-configuration", "malware-distribution", "masquerade", "misconfiguration",
	"other", "outage", "phishing", "potentially-unwanted-accessible", "privileged-account-compromise", "proxy", "sabotage",
	"scanner", "sniffing", "social-engineering", "spam", "system-compromise", "test", "tor", "unauthorised-information-access",
	"unauthorised-information-modification", "unauthorised-use-of-resources", "unauthorized-use-of-resources", "undetermined",
	"unprivileged-account-compromise", "violence", "vulnerable-system", "weak-crypto"}

// formerKinds are what classification.type took before IntelMQ 3.
var formerKinds = [...][2]string{{"botnet drone", "infected-system"}, {"ids alert", "ids-alert"}, {"c&c", "c2-server"},
	{"c2server", "c2-server"}, {"infected system", "infected-system"}, {"malware configuration", "malware-configuration"},
	{"vulnerable client", "vulnerable-system"}, {"vulnerable service", "vulnerable-system"}, {"leak", "data-leak"},
	{"ransomware", "infected-system"}, {"unknown", "undetermined"}, {"dga domain", "dga-domain"},
	{"unauthorized-login", "system-compromise"}, {"unauthorized-command", "system-compromise"},
	{"compromised", "system-compromise"}, {"defacement", "unauthorised-information-modification"},
	{"backdoor", "system-compromise"}, {"dropzone", "other"}}

// Kinds gives what classification.type takes.
func Kinds() []string { return slices.Clone(kinds[:]) }

func taxonomy(s string) (Value, error) {
	s = strings.ToLower(s)
	switch s {
	case "abusive content", "information gathering", "intrusion attempts", "malicious code":
		s = strings.Replace(s, " ", "-", 1)
	}
	if !slices.Contains(taxonomies[:], s) {
		return bad(s, "is no class of the RSIT")
	}
	return Value{Text: s}, nil
}

func kind(s string) (Value, error) {
	s = strings.ToLower(s)
	for _, f := range formerKinds {
		if f[0] == s {
			s = f[1]
		}
	}
	if !slices.Contains(kinds[:], s) {
		return bad(s, "is no type of the RSIT or of IntelMQ")
	}
	return Value{Text: s}, nil
}
