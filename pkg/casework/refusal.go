package casework

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// RuleOther stands for a rule that RefusalRules does not have.
const RuleOther = "other"

// RefusalRules are all that Options.Refused may hear: the rules of refusals in
// tables and code of ours, and RuleOther.
func RefusalRules() []string {
	out := []string{
		"proposal", "proposal/open", "proposal/until", "vote/none", "vote/before", "vote/refused", "legal/needless", "legal/already",
		"resolve/proposal", "resolve/outcome", "resolve/over", "resolve/counsel", "resolve/alone", "resolve/asked",
		"responder", "moved", "escalate", "transfer", "transfer/unknown", "transfer/address", "transfer/had-it", "transfer/cannot",
		"appeal/none", "appeal/ground", "appeal/cannot",
		"ask/central", "ask/liaison", "ask/reporter", "ask/cannot", "ask/once",
		"notify/nobody", "notify/reporter", "notify/cannot", "notice",
		"record/words", "record/clear", "record/hidden", "record/none", "record/once", "record/sender", "record/moved", "record/cannot", "record/conflicted",
		"conflict/own", "conflict/nothing-waits", "conflict/said", "conflict/closed", "conflict/nobody",
		"severity/already", "severity/kept", "flag/kept", "flag/already",
		"accused/nobody", "accused/unheard", "accused/which", "accused/closed", "accused/copy", "accused/full", "accused/long", "accused/reporter",
		"interim/none", "interim/which", "interim/own", "interim/said", "interim/copy", "interim/vote", "interim/over",
		"evidence/already", "evidence/full",
		"remedy/open", "remedy/already", "remedy/day", "remedy/full", "remedy/unknown", "remedy/unchecked", "remedy/copy", "remedy/over",
		"update/nobody", "update/already", "update/full", "update/long", "update/room", "update/sent", "ask/whom",
		"link/unknown", "link/self", "link/already", "link/full",
		"admit/asked", "admit/clear", "admit/already", "admit/barred", "admit/roster", "admit/stranger", "admit/unknown",
		"command/unknown", "command/too-many",
		"stage/unknown-verb", "stage/already", "stage/over", "stage/mediation", "stage/words", "stage/label", "label/kept",
	}
	for _, s := range command.Specs() {
		out = append(out, "command/"+s.Verb)
	}
	for _, t := range stage.Table() {
		out = append(out, "stage/"+t.Verb)
	}
	return append(out, RuleOther)
}

func (t *turn) refuse(r coc.Refusal) {
	t.refused = append(t.refused, r.Rule)
	t.reply(notice.Refused(r))
}

// countRefusals tells of what was refused once that is durable: a turn that is
// taken again refuses the same again.
func (t *turn) countRefusals() {
	for _, rule := range t.refused {
		if !slices.Contains(RefusalRules(), rule) {
			rule = RuleOther
		}
		t.desk.Refused(rule)
	}
}
