package cli

import "github.com/spf13/cobra"

func newTaxii() *cobra.Command {
	return family(&cobra.Command{
		Use:   "taxii",
		Short: "TAXII 2.1: poll and push at partners' servers",
		Long:  "TAXII 2.1: take objects from collections of partners' servers, and put objects into them.",
	}, newTaxiiPoll(), newTaxiiPush())
}
