package notice

import (
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// stageMeans says every stage in the words of a member. The label's
// description is the same thought for somebody who sees only the label.
var stageMeans = map[coc.Stage]string{
	coc.StageReceived:      "nobody has answered the reporter yet",
	coc.StageAcknowledged:  "a member has taken it up and told the reporter",
	coc.StageScreening:     "jurisdiction, conflicts of interest and severity are being settled",
	coc.StageInvestigating: "evidence and conversations",
	coc.StageMediation:     "with everybody's consent; a final decision waits",
	coc.StageDeciding:      "a proposal is open",
	coc.StageResolved:      "the outcome is determined; what it asks for is still to be done",
	coc.StageFollowUp:      "remedies are carried out and checked",
	coc.StageClosed:        "nothing more to do",
	coc.StageTransferred:   "another committee has it",
	coc.StageAppealed:      "others look at the decision again",
	coc.StageReopened:      "taken up again; nobody has answered yet",
}

// dueMeans says what is due, by the keys of stage's table; a time follows.
var dueMeans = map[string]string{
	stage.DueAcknowledgeTarget: "a first answer to the reporter, if you can, by",
	stage.DueAcknowledge:       "a first answer to the reporter at the latest by",
	stage.DueScreen:            "jurisdiction, conflicts and severity settled by",
	stage.DueUpdate:            "the next word to the reporter by",
	stage.DueDecide:            "an outcome by",
	stage.DueDeadlock:          "a decision, or a word to the committee above, by",
	stage.DueMediate:           "the end of the mediation by",
	stage.DueInterim:           "an interim measure confirmed or reversed by the others by",
	stage.DueCarryOut:          "what was decided carried out, or its remedies recorded, by",
	stage.DueRemedy:            "a remedy carried out by",
	stage.DueFollowUp:          "a remedy looked at again by",
	stage.DueClose:             "the case closed, or what is left to do recorded, by",
	stage.DueUrgent:            "an answer to a reporter who says it is urgent by",
	stage.DueWithdrawn:         "an answer to a reporter who withdrew by",
}

// groundMeans says why a decision is appealed, after "because".
var groundMeans = map[coc.Ground]string{
	coc.GroundJurisdiction:     "it was not theirs to decide",
	coc.GroundConflict:         "those who decided had a conflict of interest",
	coc.GroundUnfair:           "it was not looked into fairly",
	coc.GroundBreach:           "it breaks the policy or the law",
	coc.GroundDisproportionate: "it is grossly disproportionate or inadequate",
}

// channelMeans says how a report came.
var channelMeans = map[coc.Channel]string{
	coc.ChannelForm:    "through the private form",
	coc.ChannelLabel:   "as an issue with the project's report label",
	coc.ChannelComment: "as a comment that asked for a report",
}

// roleMeans says what somebody is in a case, in the order of showing.
var roleMeans = []struct {
	role coc.Role
	text string
}{
	{coc.RoleAccused, "Accused"},
	{coc.RoleHarmed, "Harmed"},
	{coc.RoleUnset, "Named without a role"},
	{coc.RoleKeptOut, "The reporter asked that they do not see this"},
	{coc.RoleWitness, "Witness"},
	{coc.RoleReporter, "Reporter"},
}

// plainly shows a name that somebody configured, such as a committee's.
func plainly(s string) string { return defuseInline(coc.NewProse(s)) }

// clipped is s with at most n characters.
func clipped(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}

// logins lists accounts as code, as many as fit into room bytes.
func logins(list []coc.Login, room int) string {
	var b strings.Builder
	for i, l := range list {
		next := codeSpan(string(l))
		if b.Len()+len(next)+2 > room {
			b.WriteString(" and " + count(len(list)-i, "more", "more"))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(next)
	}
	return b.String()
}
