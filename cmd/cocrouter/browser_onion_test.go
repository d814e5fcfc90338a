package main

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// onionHost is the name of an onion service, as Tor's own example has it.
const onionHost = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"

// Behind an onion service the pages come by plain HTTP under a name of its own, in a
// browser that takes neither for anything special: somebody reports there and reads
// how it stands, and no page leads out of it.
func TestSomebodyReportsThroughAnOnionService(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	at, err := url.Parse(s.address)
	if err != nil {
		t.Fatal(err)
	}
	onPhones(t, "http://"+onionHost+":"+at.Port(), func(t *testing.T, tab *browsertest.Tab, name string, _ browsertest.Phone) {
		wantPage(t, tab, tab.Visit("/report/"+toolsRepo), http.StatusOK)
		tab.Write("#account", "They called me names. "+name)
		wantPage(t, tab, tab.Press(send), http.StatusOK)
		receipt := receiptOn(tab)
		wantPage(t, tab, tab.Press("a.button"), http.StatusOK)
		tab.Write("#receipt", receipt)
		wantPage(t, tab, tab.Press("main form button"), http.StatusOK)
		if tab.At() != "/receipt" {
			t.Errorf("it ends at %s", tab.At())
		}
	})
}
