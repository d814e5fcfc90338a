package web

import (
	"slices"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// Being asked and answering, and stepping back from a case, on a phone.
func TestWhoIsAskedAnswersOnAPhone(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "ar", "ja"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			d, origin := served(t)
			d.github = newSignedUp()
			d.github.at = origin + "/auth/github/callback?state=st&code=kim-responder"
			tab := browsertest.Open(t, origin, browsertest.Phone{Language: lang, Cookies: true, NoScript: lang == "ja"})
			tab.Visit("/cases")
			tab.Press("main a.button")
			tab.Look("asked " + lang)
			tab.Touch("#say-soft-" + askedID)
			tab.Choose("#basis-"+askedID, "employer")
			if status := tab.Press("section[aria-labelledby=asked] form button"); status != 200 {
				t.Fatalf("the answer is answered with %d", status)
			}
			tab.Look("heard " + lang)
			tab.Visit("/cases/" + caseID)
			tab.Touch("main details summary")
			tab.Look("stepping back " + lang)
			tab.Touch("#say-hard-" + caseID)
			tab.Press("main details form button")
			tab.Look("stepped back " + lang)
			if want := []string{"kim-responder " + askedID + " soft employer", "kim-responder " + caseID + " hard "}; !slices.Equal(d.github.declared, want) {
				t.Errorf("heard %q", d.github.declared)
			}
		})
	}
}

// Whoever is only invited steps back before they have seen anything.
func TestWhoIsOnlyInvitedStepsBackOnAPhone(t *testing.T) {
	t.Parallel()
	d, origin := served(t)
	d.github = newSignedUp()
	d.github.invites = "mia-member"
	d.github.at = origin + "/auth/github/callback?state=st&code=mia-member"
	tab := browsertest.Open(t, origin, browsertest.Phone{Language: "de", Cookies: true})
	tab.Visit("/cases")
	tab.Press("main a.button")
	tab.Touch("section[aria-labelledby=invited] details summary")
	tab.Look("invited de")
	tab.Touch("#say-hard-" + askedID)
	if status := tab.Press("section[aria-labelledby=invited] form button"); status != 200 {
		t.Fatalf("it is answered with %d", status)
	}
	if want := []string{"mia-member " + askedID + " hard "}; !slices.Equal(d.github.declared, want) {
		t.Errorf("heard %q", d.github.declared)
	}
}
