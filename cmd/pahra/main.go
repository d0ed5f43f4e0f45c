// Command pahra watches the routing system by the MANRS norms. All it does is in internal/cli.
package main

import (
	"os"

	"pahra/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
