package store_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain demands that no store leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
