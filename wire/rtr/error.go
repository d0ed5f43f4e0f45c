package rtr

import "fmt"

// Code is the reason of an Error Report, as registered in rpki-rtr-error.
type Code uint16

// The codes.
const (
	CorruptData        Code = 0
	InternalError      Code = 1
	NoDataAvailable    Code = 2 // not fatal
	InvalidRequest     Code = 3
	UnsupportedVersion Code = 4
	UnsupportedPDU     Code = 5
	UnknownWithdrawal  Code = 6
	Duplicate          Code = 7
	UnexpectedVersion  Code = 8
	ASPAProviderList   Code = 9 // version 2
)

// String names the code as the RFC does.
func (c Code) String() string {
	names := [...]string{"Corrupt Data", "Internal Error", "No Data Available", "Invalid Request", "Unsupported Protocol Version",
		"Unsupported PDU Type", "Withdrawal of Unknown Record", "Duplicate Announcement Received", "Unexpected Protocol Version",
		"ASPA Provider List Error"}
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("error code %d", uint16(c))
}

// Error says what is wrong with a PDU.
type Error struct {
	Code   Code
	Reason string
	PDU    []byte // what was wrong, as far as it was read; a copy
}

// Error gives code and reason.
func (e *Error) Error() string { return e.Code.String() + ": " + e.Reason }

// maxEcho is how much of a wrong PDU is sent back: enough to see what it was.
const maxEcho = 256

// Report makes the Error Report for the other side. An Error Report is never answered by another, so for one the caller
// sends nothing.
func (e *Error) Report() ErrorReport {
	return ErrorReport{Code: e.Code, PDU: e.PDU[:min(len(e.PDU), maxEcho)], Text: e.Reason}
}
