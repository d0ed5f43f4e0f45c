// Package cli is the command line door: it parses flags, wires the parts and presents what they found. It decides
// nothing.
//
// [Main] is the whole program. Every subcommand has a file of its own, named after it, with one function new<Name>
// that returns its cobra command; root lists them. Exit codes: 0 done or nothing found, 1 done and found something
// (check, verify, lint, prove), 2 wrong use, 3 could not finish or refused. Data goes to standard output, talk to
// standard error.
package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"pahra/internal/service"
)

// The exit codes.
const (
	exitDone  = 0
	exitFound = 1
	exitUsage = 2
	exitFail  = 3
)

// exitError carries an exit code up to Main. A nil err means that everything has been said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError marks err as the caller's wrong use.
func usageError(err error) error { return &exitError{exitUsage, err} }

// found says that the command is done and found something.
func found() error { return &exitError{code: exitFound} }

// Main runs the command line args (without the program's name) and gives the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	out := &outcome{w: stdout}
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.Execute()
	if err == nil && out.err != nil { // however a command printed, what did not arrive is not done
		err = out.err
	}
	var coded *exitError
	switch {
	case err == nil:
		return exitDone
	case !errors.As(err, &coded):
		fmt.Fprintf(stderr, "pahra: %s\n", harmlessLines(err.Error()))
		return exitFail
	case coded.err != nil:
		fmt.Fprintf(stderr, "pahra: %s\n", harmlessLines(coded.err.Error()))
	}
	return coded.code
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "pahra",
		Short:         "The night watch of the Internet's neighbourhood",
		Version:       service.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError(fmt.Errorf("%w; %s --help shows the flags", err, cmd.CommandPath()))
	})
	return family(root,
		newDemo(),
		newData(),
		newRoutes(),
		newObserve(),
		newCheck(),
		newNeighbourhood(),
		newScore(),
		newVerify(),
		newPages(),
		newReport(),
		newProgramme(),
		newWorld(),
		newGrade(),
		newMan(),
		newRelations(),
		newReplay(),
		newStore(),
		newFacts(),
		newAlert(),
		newAccount(),
		newServe(),
		newConfig(),
		newDesk(),
		newAgreement(),
		newExchange(),
		newLedger(),
		newTaxii(),
	)
}
