package app_test

import (
	"context"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"pahra/internal/account"
	"pahra/internal/store"
	"pahra/internal/testdata"
	"pahra/internal/web/app"
)

// keyboard presses keys in a browser, and waits for what comes of it.
type keyboard struct {
	*watcher
	ctx context.Context
}

func (k keyboard) press(keys string) {
	k.t.Helper()
	if err := chromedp.Do(k.ctx, chromedp.KeyEvent(keys)); err != nil {
		k.t.Fatalf("pressing %q: %v", keys, err)
	}
}

// until waits until something is so in the page, whatever page that is by then.
func (k keyboard) until(expression string) {
	k.t.Helper()
	for {
		_, err := chromedp.Run(k.ctx, chromedp.Poll[bool](`document.readyState === "complete" && Boolean(`+expression+`)`))
		if err == nil {
			return
		}
		if k.ctx.Err() != nil {
			says, _ := chromedp.Run(k.watcher.ctx, chromedp.Evaluate[string](`location.href + " " + document.querySelector("main").innerText.slice(0, 600)`))
			k.t.Fatalf("it never was so: %s; the page: %s", expression, says)
		}
	}
}

// clear empties the field that a key led to: the protocol sends a character of its own after a key, whatever the page made of it.
func (k keyboard) clear() {
	k.t.Helper()
	if err := chromedp.Do(k.ctx, chromedp.Evaluate[chromedp.Void](`document.activeElement.value = ""`)); err != nil {
		k.t.Fatal(err)
	}
}

func (k keyboard) open(path string) {
	k.t.Helper()
	if err := chromedp.Do(k.ctx, chromedp.Navigate(k.host+path)); err != nil {
		k.t.Fatal(err)
	}
}

// at is in the page while the keys have brought one to a case; saying, while it says something.
func at(id int64) string {
	return `document.querySelector("tr.at[data-case='` + strconv.FormatInt(id, 10) + `']")`
}
func saying(words string) string {
	return `document.querySelector("main").innerText.includes(` + strconv.Quote(words) + `)`
}

// TestAnalystsDay goes with the keyboard from reports to recovery: log in, the inbox, many at once and back again, a case opened,
// acknowledged and commented, and later reports that show that it is over.
func TestAnalystsDay(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium := testdata.Tool(t, "chromium")
	c := newCaseOffice(t, func(set *app.AccountsConfig) { set.Site = "http://127.0.0.1" })
	_, err := c.service.Add(t.Context(), account.Operator(), "ina", "", account.Analyst, goodPassword)
	c.ok(err)
	c.report("sensors", "first.jsonl", seen(c.now, "AS64500", "malicious-code", "infected-system", "mirai", 12)+
		seen(c.now, "AS64501", "malicious-code", "infected-system", "mirai", 5)+seen(c.now, "AS64502", "vulnerable", "ddos-amplifier", "open-ntp", 3))
	server := httptest.NewServer(c.handler)
	defer server.Close()
	b := newWatcher(t, chromium, server.URL, "")
	ctx, stop := context.WithTimeout(b.ctx, time.Minute)
	defer stop()
	k := keyboard{b, ctx}
	b.logIn("ina", "/desk")
	k.until(saying("3 cases to do something about"))
	c.inboxByKeys(k)
	c.caseByKeys(k)
	for day := 1; day <= 5; day++ {
		c.now = c.now.AddDate(0, 0, 1)
		c.report("sensors", "later.jsonl", seen(c.now, "AS64501", "malicious-code", "infected-system", "mirai", 4))
	}
	n, err := c.cases.Recover(t.Context(), store.National)
	if err != nil || n != 1 {
		t.Fatalf("%d cases recovered, %v", n, err)
	}
	_, err = c.service.Add(t.Context(), account.Operator(), "ben", "", account.Analyst, goodPassword)
	c.ok(err)
	b.logIn("ben", "/desk") // the session of the days before is over
	k.until(saying("later reports do not see it any more"))
	k.open("/desk/case/1")
	k.until(saying("Yes: its sources went on to report and did not see it any more"))
	k.until(saying("moved it from “acknowledged” to “recovered”"))
	b.judge(look{name: "all day"}, "", "[]")
}

// inboxByKeys moves about in the inbox, acknowledges two cases at once and takes that back.
func (c *caseOffice) inboxByKeys(k keyboard) {
	k.press("j")
	k.until(at(3))
	k.press("jj")
	k.until(at(1))
	k.press("k")
	k.until(at(2))
	k.press("?")
	k.until(`document.getElementById("keys").open`)
	k.press("j") // not while help is shown
	k.press("\x1b")
	k.until(`!document.getElementById("keys").open`)
	k.press("xjx")
	k.until(`document.getElementById("chosen").textContent === "2"`)
	k.press("a")
	k.until(saying("2 cases are acknowledged."))
	c.isState(2, "acknowledged")
	k.press("u")
	k.until(saying("2 cases are as before."))
	c.isState(2, "new")
	k.press("/")
	k.until(`document.activeElement.id === "text"`)
	k.clear()
	k.press("ntp\r")
	k.until(saying("1 case to do something about by this filter"))
	k.open("/desk")
	k.until(saying("3 cases"))
}

// caseByKeys opens the case with the keys, acknowledges it and says something.
func (c *caseOffice) caseByKeys(k keyboard) {
	k.press("jjjo")
	k.until(saying("Is Infected system: mirai at Example Broadband (AS64500) over?"))
	k.press("a")
	k.until(saying("The case is moved."))
	c.isState(1, "acknowledged")
	k.press("c")
	k.until(`document.activeElement.id === "comment"`)
	k.clear()
	k.press("They have reset the routers <b>of</b> one street.\t\r")
	k.until(saying("The comment is there."))
	k.until(saying("They have reset the routers <b>of</b> one street."))
	k.press("u")
	k.until(saying("2 cases to do something about"))
}

func (c *caseOffice) isState(id int64, want string) {
	c.t.Helper()
	one, err := c.db.Case(c.t.Context(), store.MachineSight(store.National), id)
	if err != nil || one.State != want {
		c.t.Errorf("case %d is %s, %v; want %s", id, one.State, err, want)
	}
}
