package store_test

import (
	"testing"

	"pahra/internal/store/storetest"
)

func TestPostgreSQL(t *testing.T) { storetest.Run(t, storetest.Postgres(t)) }
