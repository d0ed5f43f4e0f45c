package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"pahra/internal/store"
	"pahra/internal/store/storetest"
)

// fillStore is the script program "fillstore DIR": it makes the store that a service would have made in its folder.
func fillStore(dir string) (code int) {
	s, err := store.Open(context.Background(), "sqlite:"+filepath.Join(dir, "pahra.db"))
	if err == nil {
		err = errors.Join(storetest.Fill(s), s.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
