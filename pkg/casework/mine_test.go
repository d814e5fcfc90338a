package casework_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// session signs somebody in, by their code.
func (w *world) session(a *accounts, code string) string {
	w.Helper()
	ticket, state := w.begin(a)
	token, _, err := w.SignedIn(w.Context(), ticket, state, code)
	if err != nil {
		w.Fatal(err)
	}
	return token
}

func (w *world) mine(token string) []casework.Mine {
	w.Helper()
	all, err := w.Reports(w.Context(), token)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

func TestReporterWhoSignedInFindsTheirReportsByTheirAccount(t *testing.T) {
	t.Parallel()
	w, a := door(t)
	nell := coc.Person{Login: "nell-newcomer", Account: 501}
	a.codes = map[string]coc.Person{"nell": nell, "renamed": {Login: "nell-renamed", Account: 501}, "taker": {Login: "nell-newcomer", Account: 502}}
	named, other := says(account), says("another report")
	named.By = nell
	receipt := w.file("token", named)
	unnamed := w.file("token 2", other)
	w.pass(time.Second)
	c := w.of(receipt)
	if c.Report.Reporter != nell.Login || slices.Contains(c.Flags, coc.FlagAnonymous) {
		t.Errorf("the report is by %q, flags %v", c.Report.Reporter, c.Flags)
	}
	token := w.session(a, "nell")
	all := w.mine(token)
	if len(all) != 1 || all[0].About != source.String() || !all[0].FiledAt.Equal(c.Report.FiledAt) {
		t.Fatalf("%+v", all)
	}
	by, err := w.Progress(t.Context(), all[0].Receipt)
	with, e := w.Progress(t.Context(), receipt)
	if err != nil || e != nil || by.Stage != with.Stage || by.State != with.State || !by.Named || !with.Named {
		t.Errorf("by the account %+v, %v; with the receipt %+v, %v", by, err, with, e)
	}
	if p, err := w.Progress(t.Context(), unnamed); err != nil || p.Named {
		t.Errorf("without a name: %+v, %v", p, err)
	}
	// What is written there reaches the case, as with the receipt.
	if err := w.Write(t.Context(), all[0].Receipt, "once", coc.FromReporter{Kind: coc.MessageAnswer, Text: coc.NewProse("It was on Monday.")}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second)
	if m := w.caseOf(c.ID).Messages; len(m) != 1 || m[0].Text.Reveal() != "It was on Monday." {
		t.Errorf("messages %+v", m)
	}
	if got := w.mine(w.session(a, "renamed")); len(got) != 1 {
		t.Errorf("under another login of the account: %d", len(got))
	}
	if got := w.mine(w.session(a, "taker")); len(got) != 0 {
		t.Errorf("whoever took the login finds %d", len(got))
	}
	if err := w.SignOut(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Progress(t.Context(), all[0].Receipt); !errors.Is(err, coc.ErrMissing) || len(w.mine(token)) != 0 {
		t.Errorf("after they signed out: %v", err)
	}
	if _, err := w.Progress(t.Context(), receipt); err != nil {
		t.Errorf("the receipt is of no use any more: %v", err)
	}
}

// A report without a name has nothing of whoever was signed in.
func TestAnonymousReportIsFoundByItsReceiptAlone(t *testing.T) {
	t.Parallel()
	w, a := door(t)
	c := w.report(account)
	if c.Report.Reporter != "" || c.Report.SignedIn != 0 || !slices.Contains(c.Flags, coc.FlagAnonymous) {
		t.Errorf("%q, %d, %v", c.Report.Reporter, c.Report.SignedIn, c.Flags)
	}
	if got := w.mine(w.session(a, "one")); len(got) != 0 {
		t.Errorf("%d are found by an account", len(got))
	}
	forged := w.Keys.Ticket("report of an account", []byte(`{"case":"`+string(c.ID)+`","session":"made up"}`))
	if _, err := w.Progress(t.Context(), forged); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("without a session: %v", err)
	}
}

func TestReportThatCannotBeReadKeepsNoOtherOfItsReporterBack(t *testing.T) {
	t.Parallel()
	w, a := door(t)
	nell := coc.Person{Login: "nell-newcomer", Account: 501}
	a.codes = map[string]coc.Person{"nell": nell}
	var all []coc.Case
	for _, token := range []string{"token 1", "token 2"} {
		f := says("a report with " + token)
		f.By = nell
		receipt := w.file(token, f)
		w.pass(time.Second)
		all = append(all, w.of(receipt))
	}
	token := w.session(a, "nell")
	w.Options.Store = torn{w.st, all[0].ID, false}
	mine, err := casework.New(w.Options).Reports(t.Context(), token)
	if len(mine) != 1 || err == nil {
		t.Errorf("%d reports, %v", len(mine), err)
	}
}
