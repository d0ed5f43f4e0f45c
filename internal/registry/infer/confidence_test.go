package infer

import (
	"testing"

	"pahra/wire/asrel"
)

// TestConfidence works docs/relations.md's example, and what surrounds it.
func TestConfidence(t *testing.T) {
	c2p, p2p := asrel.ProviderCustomer, asrel.Peer
	tests := []struct {
		name string
		edge Edge
		want float64
	}{
		{"the worked example", Edge{Code: c2p, Step: StepFold, For: 6, Stable: 0.5}, 0.735},
		{"shown by one", Edge{Code: c2p, Step: StepTopDown, For: 1, Stable: 1}, 0.976},
		{"as many against", Edge{Code: c2p, Step: StepTopDown, For: 20, Against: 20, Stable: 1}, 0.543},
		{"peers for want of better", Edge{Code: p2p, Step: StepRest, Stable: 1}, 0.4},
		{"nobody of 39 shows transit", Edge{Code: p2p, Step: StepRest, For: 39, Stable: 1}, 0.878},
		{"one of 39 does", Edge{Code: p2p, Step: StepRest, For: 38, Against: 1, Stable: 1}, 0.75},
		{"peers of a network without providers are as the rest", Edge{Code: p2p, Step: StepProvidless, For: 39, Stable: 1}, 0.878},
		{"on top", Edge{Code: p2p, Step: StepClique, For: 39, Stable: 1}, 0.99},
		{"never certain", Edge{Code: c2p, Step: StepTopDown, For: 60000, Stable: 1}, 0.999},
		{"never impossible", Edge{Code: p2p, Step: StepRest, Against: 60000, Stable: 0}, 0.001},
	}
	for _, tt := range tests {
		if got := tt.edge.confidence(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
