package web

import "testing"

// TestCSV: no cell begins a formula, numbers stay numbers, and the rows that were given stay as they are.
func TestCSV(t *testing.T) {
	rows := [][]string{{"", "plain", "=1+1", "-1.5", "+3", "-x", "@a", "\tx", "\nx"}, {"a,b", `a"b`}}
	got, err := CSV(rows)
	const want = ",plain,'=1+1,-1.5,+3,'-x,'@a,'\tx,\"'\r\nx\"\r\n\"a,b\",\"a\"\"b\"\r\n"
	if err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if rows[0][2] != "=1+1" {
		t.Errorf("the row was changed: %q", rows[0][2])
	}
}
