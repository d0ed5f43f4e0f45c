package party

import "testing"

// TestReach: each kind of party is reached by what is known of it, and of who is not known nothing is said.
func TestReach(t *testing.T) {
	d := newDesk(t)
	at := on(2026, 3, 1)
	for party, want := range map[string]string{
		"c:bank-a": "abuse@bank.example", "c:nobody": "", "as:64501": "claimed@as64501.example", "as:64502": "noc@as64502.example", "as:64999": "", "as:x": "",
		"cert:NP": "cert@example.np", "cert:DE": "", "reg:NAMES LTD": "abuse@names.example", "reg:Others": "", "none": "",
	} {
		if is := d.Reach(party, at); is.Address != want || want != "" && is.Name == "" {
			t.Errorf("%s is reached at %q (%s), want %q", party, is.Address, is.Name, want)
		}
	}
	if is := d.Reach("c:bank-a", at); is.Who == nil {
		t.Error("nobody says which constituent it is")
	}
	d.Contacts = nil
	if is := d.Reach("reg:Names Ltd", at); is.Address != "" {
		t.Errorf("where no table is at hand: %+v", is)
	}
}
