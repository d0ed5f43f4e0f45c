package service

import "pahra/internal/programme"

// The parts of an answer, as [programme] gives them.
type (
	Alarm          = programme.Alarm
	ActionCheck    = programme.ActionCheck
	ContactPresent = programme.ContactPresent
	Finding        = programme.Finding
	FindingKind    = programme.FindingKind
	IncidentSeen   = programme.IncidentSeen
	MetricCheck    = programme.MetricCheck
	MissingData    = programme.MissingData
	MonthCheck     = programme.MonthCheck
	Party          = programme.Party
	Raise          = programme.Raise
	Role           = programme.Role
	Step           = programme.Step
	Verdict        = programme.Verdict
)

// The parts that a network can have in an incident.
const (
	Announcer  = programme.Announcer
	Accomplice = programme.Accomplice
	Victim     = programme.Victim
)
