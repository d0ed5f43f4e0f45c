package cli

import "github.com/spf13/cobra"

func newDesk() *cobra.Command {
	return family(&cobra.Command{
		Use:   "desk",
		Short: "Reports of security incidents: read them, take them in, tell whom they concern, follow the cases, count",
	}, newDeskParse(), newDeskMap(), newDeskIntake(), newDeskWho(), newDeskBench(), newDeskConstituents(), newDeskDocument(),
		newDeskCases(), newDeskCase(), newDeskMove(), newDeskAssign(), newDeskComment(), newDeskLink(), newDeskAttach(), newDeskRelate(), newDeskAnswered(), newDeskTime(), newDeskRefer(), newDeskBulk(), newDeskUndo(), newDeskReport(), newDeskRecover(), newDeskDurations(),
		newDeskTenant(), newDeskCompartment(), newDeskRota(), newDeskQuarantine(), newDeskStatistics(), newDeskNotices(),
		newDeskSubject(), newDeskRetention(), newDeskHold(), newDeskRecords())
}
