package rislive

// field is a member of data that is read.
type field uint8

const (
	fieldTimestamp field = iota
	fieldPeer
	fieldPeerASN
	fieldID
	fieldHost
	fieldType
	fieldRaw
	fieldState
	fieldMessage // of ris_error
	fieldPath
	fieldOrigin
	fieldMED
	fieldAggregator
	fieldCommunity
	fieldLarge
	fieldOTC
	fieldAnnouncements
	fieldWithdrawals
	fieldCount
)

func fieldOf(key []byte) (field, bool) {
	switch string(key) {
	case "timestamp":
		return fieldTimestamp, true
	case "peer":
		return fieldPeer, true
	case "peer_asn":
		return fieldPeerASN, true
	case "id":
		return fieldID, true
	case "host":
		return fieldHost, true
	case "type":
		return fieldType, true
	case "raw":
		return fieldRaw, true
	case "state":
		return fieldState, true
	case "message":
		return fieldMessage, true
	}
	return routeField(key)
}

// routeField gives the fields that an UPDATE is rebuilt from.
func routeField(key []byte) (field, bool) {
	switch string(key) {
	case "path":
		return fieldPath, true
	case "origin":
		return fieldOrigin, true
	case "med":
		return fieldMED, true
	case "aggregator":
		return fieldAggregator, true
	case "community":
		return fieldCommunity, true
	case "large_community":
		return fieldLarge, true
	case "otc":
		return fieldOTC, true
	case "announcements":
		return fieldAnnouncements, true
	case "withdrawals":
		return fieldWithdrawals, true
	}
	return 0, false
}
