package iodef

// words are the lists of words that fields take (RFC 7970, section 8, with its errata). Where ext-value is one of them, it
// says that another word stands in the field of that name with "ext-" before it.
var words = map[string]string{
	"purpose":     "traceback mitigation reporting watch other ext-value",
	"status":      "new in-progress forwarded resolved future ext-value",
	"restriction": "default public partner need-to-know private white green amber red ext-value",
	"role": "creator reporter admin tech provider user billing legal abuse irt cc cc-irt leo vendor vendor-support victim " +
		"victim-notified ext-value",
	"contact-type":   "person organization ext-value",
	"registry":       "internic apnic arin lacnic ripe afrinic local ext-value",
	"postal-type":    "street mailing ext-value",
	"telephone-type": "wired mobile fax hotline ext-value",
	"email-type":     "direct hotline ext-value",
	"discovery": "nidps hips siem av third-party-monitoring incident os-log application-log device-log network-flow passive-dns " +
		"investigation audit internal-notification external-notification leo partner actor unknown ext-value",
	"occurrence": "actual potential",
	"completion": "failed succeeded",
	"severity":   "low medium high",
	"system-impact": "takeover-account takeover-service takeover-system cps-manipulation cps-damage availability-data availability-account " +
		"availability-service availability-system damaged-system damaged-data breach-proprietary breach-privacy breach-credential " +
		"breach-configuration integrity-data integrity-configuration integrity-hardware traffic-redirection monitoring-traffic " +
		"monitoring-host policy unknown ext-value",
	"business-severity": "none low medium high unknown ext-value",
	"business-impact": "breach-proprietary breach-privacy breach-credential loss-of-integrity loss-of-service theft-financial theft-service " +
		"degraded-reputation asset-damage asset-manipulation legal extortion unknown ext-value",
	"metric":   "labor elapsed downtime ext-value",
	"duration": "second minute hour day month quarter year ext-value",
	"rating":   "low medium high numeric unknown ext-value",
	"action": "nothing contact-source-site contact-target-site contact-sender investigate block-host block-network block-port " +
		"rate-limit-host rate-limit-network rate-limit-port redirect-traffic honeypot upgrade-software rebuild-asset harden-asset " +
		"remediate-other status-triage status-new-info watch-and-report training defined-coa other ext-value",
	"system-category": "source target intermediate sensor infrastructure ext-value",
	"ownership":       "organization personal partner customer no-relationship unknown ext-value",
	"yes-no":          "yes no unknown",
	"address": "asn atm e-mail mac ipv4-addr ipv4-net ipv4-net-masked ipv4-net-mask ipv6-addr ipv6-net ipv6-net-masked site-uri " +
		"ext-value",
	"node-role": "client client-enterprise client-partner client-remote client-kiosk client-mobile server-internal server-public www mail " +
		"webmail messaging streaming voice file ftp p2p name directory credential print application database backup dhcp assessment " +
		"source-control config-management monitoring infra infra-firewall infra-router infra-switch camera proxy remote-access log " +
		"virtualization pos scada scada-supervisory sinkhole honeypot anonymization c2-server malware-distribution drop-server " +
		"hop-point reflector phishing-site spear-phishing-site recruiting-site fraudulent-site ext-value",
	"counter-type":    "count peak average ext-value",
	"unit":            "byte mbit packet flow session event alert message host site organization ext-value",
	"system-status":   "spoofed fraudulent innocent-hacked innocent-hijacked unknown ext-value",
	"domain-status":   "reservedDelegation assignedAndActive assignedAndInactive assignedAndOnHold revoked transferPending registryLock registrarLock other unknown ext-value",
	"pattern":         "regex binary xpath ext-value",
	"offset-unit":     "line byte ext-value",
	"registry-action": "add-key add-value delete-key delete-value modify-key modify-value ext-value",
	"scope": "file-contents file-pe-section file-pe-iat file-pe-resource file-pdf-object email-hash email-headers-hash email-body-hash " +
		"ext-value",
	"bulk": "asn atm e-mail ipv4-addr ipv4-net ipv4-net-mask ipv6-addr ipv6-net ipv6-net-mask mac site-uri domain-name domain-to-ipv4 " +
		"domain-to-ipv6 domain-to-ipv4-timestamp domain-to-ipv6-timestamp ipv4-port ipv6-port windows-reg-key file-hash " +
		"email-x-mailer email-subject http-user-agent http-request-uri mutex file-path user-name ext-value",
	"operator":  "not and or xor ext-value",
	"spec-name": "custom cpe swid ext-value",
	"dtype": "boolean byte bytes character date-time integer ntpstamp portlist real string file path frame packet ipv4-packet " +
		"ipv6-packet url csv winreg xml json ext-value",
	"software-dtype": "bytes integer real string xml ext-value",
}
