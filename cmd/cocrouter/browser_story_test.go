package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// tongue is what somebody writes in their language, and what the pages then say.
type tongue struct {
	lang, dir              string
	words, answer          string
	saved, asked, isClosed string
}

var tongues = []tongue{
	{
		"en", "ltr", "In the review of my first pull request they called me names, and again when I asked them to stop.", "No, it ended on Monday.",
		"It is saved", "A question from the committee", "The case is closed.",
	},
	{
		"ar", "rtl", "في مراجعة أول مساهمة لي وصفوني بأوصاف جارحة، ثم كرروا ذلك حين طلبت منهم أن يكفوا.", "لا، انتهى الأمر يوم الاثنين.",
		"حُفظ ذلك", "سؤال من اللجنة", "أُغلقت القضية.",
	},
	{
		"ja", "ltr", "最初のプルリクエストのレビューで悪口を言われ、やめてほしいと頼んでもまた言われました。", "いいえ、月曜日に終わりました。",
		"保存しました", "委員会からの質問", "この件は終了しました。",
	},
}

// The whole story, on one phone: somebody reports, the committee asks, they answer,
// the committee decides and closes the case, and each time they look their receipt
// shows how it stands, in their own language.
func TestSomebodyReportsAnswersAndReadsThatTheCaseIsClosed(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	for _, in := range tongues {
		t.Run(in.lang, func(t *testing.T) {
			t.Parallel()
			s.tells(t, in)
		})
	}
}

func (s *scene) tells(t *testing.T, in tongue) {
	t.Helper()
	p := s.play(io.Discard, 2*demoPatience)
	tab := browsertest.Open(t, s.address, browsertest.Phone{Language: in.lang})
	look := func(name string) {
		if tab.Count(fmt.Sprintf("html[lang=%q][dir=%q]", in.lang, in.dir)) != 1 {
			t.Errorf("%s is in another language", name)
		}
		// The form and the receipt are looked at in every language by pkg/web.
		if in.lang == "en" || strings.Contains(name, "committee") || strings.Contains(name, "closed") {
			tab.Look(name + " " + in.lang)
		}
	}
	wantPage(t, tab, tab.Visit("/report/"+toolsRepo), http.StatusOK)
	tab.Write("#account", in.words)
	tab.Write("#who1", talker)
	tab.Choose("#role1", "accused")
	look("1 the form")
	wantPage(t, tab, tab.Press(send), http.StatusOK)
	receipt := receiptOn(tab)
	tab.Hide(receipt, strings.ReplaceAll(receipt, "-", ""), foundationRoom)
	look("2 the receipt")

	number := p.caseSaying(t, foundationCommittee[0], foundationRoom, in.words).Number
	say := func(login, words, label string) {
		if _, err := s.sim.Comment(login, foundationRoom, number, words); err != nil {
			t.Fatal(err)
		}
		eventually(t, p, "the case is "+label, func() bool {
			var i ghIssue
			_, err := p.ask(t.Context(), foundationCommittee[0], http.MethodGet, fmt.Sprintf("/repos/%s/issues/%d", foundationRoom, number), nil, &i)
			return err == nil && (label == "" || slices.Contains(i.labels(), label))
		})
	}
	shows := func(what string) {
		eventually(t, p, "the receipt shows: "+what, func() bool {
			looksUp(t, tab, receipt, http.StatusOK)
			return strings.Contains(tab.Text("main"), what)
		})
	}
	says := func(what string) {
		if text := tab.Text("main"); !strings.Contains(text, what) {
			t.Errorf("the page does not say %q:\n%s", what, text)
		}
	}
	say(foundationCommittee[0], "/coc ack\n/coc ask Is it still going on?", "status/acknowledged")
	shows("Is it still going on?")
	says(in.asked)
	look("3 the committee asks")
	tab.Write("#answer", in.answer)
	wantPage(t, tab, tab.Press("main form button"), http.StatusOK)
	says(in.saved)
	look("4 answered")

	say(foundationCommittee[0], "/coc claim\n/coc screen\n/coc investigate\n/coc propose no-action They have talked it over.", "status/deciding")
	for _, other := range foundationCommittee[1:] {
		say(other, "/coc agree", "")
	}
	say(foundationCommittee[0], "/coc accused notified\n/coc resolve", "status/resolved")
	say(foundationCommittee[0], "/coc update We have spoken with everybody, and the case is closed now.\n/coc close", "status/closed")
	shows(in.isClosed)
	says("We have spoken with everybody")
	look("5 closed")
}
