package bgpdump

import "pahra/wire/mrt"

// form is the kind of record that a line shows: it decides the line's first field and some of the others.
type form uint8

// noForm is the form of records that bgpdump has no line for.
const noForm form = 0

const (
	formMRTD    form = iota + 1 // type 5, before RFC 6396
	formTable                   // TABLE_DUMP
	formTable2                  // TABLE_DUMP_V2
	formMessage                 // BGP4MP and BGP4MP_ET
	kinds       form = 7
)

const (
	flagExtended form = 8 << iota // microseconds are printed
	flagLocal                     // sent by the collector, not received
	flagAddPath                   // path identifiers are printed
)

// formOf gives the form of an MRT record by its type and subtype (RFC 6396 section 4, RFC 8050 section 4). forms that
// bgpdump 1.6.2 skips but that hold routes (multicast tables, RIB_GENERIC) print like their unicast relatives.
func formOf(mrtType, subtype uint16) form {
	switch mrtType {
	case mrt.TypeBGP:
		return formMRTD
	case mrt.TypeTableDump:
		return formTable
	case mrt.TypeTableDumpV2:
		if subtype >= mrt.RIBIPv4UnicastAddPath && subtype <= mrt.RIBGenericAddPath {
			return formTable2 | flagAddPath
		}
		return formTable2
	case mrt.TypeBGP4MP:
		return messageForm(subtype)
	case mrt.TypeBGP4MPET:
		return messageForm(subtype) | flagExtended
	}
	return noForm
}

// messageForm leaves LOCAL_ADDPATH (10 and 11) without the mark of LOCAL, as bgpdump does.
func messageForm(subtype uint16) form {
	switch subtype {
	case mrt.BGP4MPMessageLocal, mrt.BGP4MPMessageAS4Local:
		return formMessage | flagLocal
	case mrt.BGP4MPMessageAddPath, mrt.BGP4MPMessageAS4AddPath, mrt.BGP4MPMessageLocalAddPath, mrt.BGP4MPMessageAS4LocalAddPath:
		return formMessage | flagAddPath
	}
	return formMessage
}

func (f form) kind() form         { return f & kinds }
func (f form) extendedTime() bool { return f&flagExtended != 0 }
func (f form) addPath() bool      { return f&flagAddPath != 0 }

// name is the first field.
func (f form) name(kind mrt.ElemKind) string {
	switch f.kind() {
	case formMRTD:
		return "BGP"
	case formTable:
		return "TABLE_DUMP"
	case formTable2:
		if f.addPath() {
			return "TABLE_DUMP2_AP"
		}
		return "TABLE_DUMP2"
	}
	if kind == mrt.State { // a change of state has no direction and no paths
		f &= formMessage | flagExtended
	}
	switch f &^ formMessage {
	case flagExtended | flagLocal:
		return "BGP4MP_ET_LOCAL"
	case flagExtended | flagAddPath:
		return "BGP4MP_ET_AP"
	case flagExtended:
		return "BGP4MP_ET"
	case flagLocal:
		return "BGP4MP_LOCAL"
	case flagAddPath:
		return "BGP4MP_AP"
	}
	return "BGP4MP"
}
