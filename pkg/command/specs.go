package command

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Spec is one command of the table.
type Spec struct {
	Verb    string
	Args    string // what may follow, as help shows it
	Means   string
	Example string
	shape   shape
}

// shape is what a verb takes.
type shape int

const (
	nothing    shape = iota
	member           // nobody, or one account
	reason           // words, required
	words            // words, if any
	outcome          // nothing, or an outcome and words
	toReason         // a committee, if any, and words
	recusal          // one account, if any, how grave, and words
	someone          // one account
	admission        // one account, and where
	appealed         // a ground, and words
	asking           // one account, if any, and words
	telling          // words, or that they were sent
	level            // how urgent a case is
	flag             // one flag
	hearing          // a step or nothing, one account, if any, and words
	measure          // a vote and a number, or words
	mediation        // words, or its end
	templated        // the name of a text, or nothing
	linking          // another case
	address          // an address on the web, and words
	remedying        // words and a day, if any; or what became of a remedy, its number, and words
	proposal         // an outcome, until when, whether somebody is named, and words
	consulted        // the word "consulted", and words, if any
	publicOnly       // not a command of a case at all
)

var specs = []Spec{
	{"help", "", "what can be done now", "/coc help", nothing},
	{"status", "", "how the case stands", "/coc status", nothing},
	{"ack", "", "tell cocrouter that a member has told the reporter that a person has it", "/coc ack", nothing},
	{"claim", "[@member]", "take the case, or give it to a responder", "/coc claim @member", member},
	{"severity", "low|medium|high|critical", "say how urgent the case is", "/coc severity high", level},
	{"flag", "NAME", "mark the case: safety-risk, legal-risk, retaliation or repeat", "/coc flag retaliation", flag},
	{"unflag", "NAME", "take such a mark away", "/coc unflag retaliation", flag},
	{"evidence", "URL [TITLE]", "keep an address, and what stands there where it is on GitHub; a second time, how it is by now", "/coc evidence https://chat.example/1 The message", address},
	{"link", "CASE", "link another case of yours, by its code name while it is open or by its issue", "/coc link #12", linking},
	{"screen", "", "settle jurisdiction, conflicts and severity", "/coc screen", nothing},
	{"investigate", "", "begin with evidence and interviews", "/coc investigate", nothing},
	{"mediate", "TEXT", "let the parties settle it with a mediator, where every one of them has consented; the text says so", "/coc mediate Both have agreed to talk, by mail to us.", mediation},
	{"mediate ended", "[TEXT]", "the mediation is over, whatever came of it", "/coc mediate ended They found no way.", mediation},
	{"propose", "OUTCOME [until DATE] [naming] TEXT", "put an outcome to the vote", "/coc propose suspension until 2027-03-01 They were warned before.", proposal},
	{"agree", "", "vote for the proposal; on a notice: let the new committee take over now", "/coc agree", nothing},
	{"object", "[REASON]", "vote against the proposal, or take back your own; on a notice: hold the change until both committees agree", "/coc object", words},
	{"legal", "consulted", "say that counsel was consulted, about the legal risk or the proposal", "/coc legal consulted", consulted},
	{"resolve", "[OUTCOME [until DATE] TEXT]", "record the outcome", "/coc resolve warning They apologised.", outcome},
	{"remedy", "TEXT [until DATE]", "what the outcome asks for", "/coc remedy They write an apology until 2027-03-01", remedying},
	{"close", "", "nothing more is to be done", "/coc close", nothing},
	{"reopen", "REASON", "take the case up again", "/coc reopen New facts have come in.", reason},
	{"escalate", "[COMMITTEE] REASON", "give the case to the next committee up", "/coc escalate We know everybody involved.", toReason},
	{"transfer", "COMMITTEE REASON", "give the case to a committee that you name", "/coc transfer cncf It touches the whole foundation.", toReason},
	{"appeal", "GROUND [TEXT]", "for a party: have others look at the decision again", "/coc appeal conflicted-deciders The accused asks for it.", appealed},
	{"notify", "TEXT", "tell whoever must be told a short summary, and never who reported", "/coc notify Somebody was insulted in a review; we look into it.", reason},
	{"update", "TEXT", "tell the reporter how it stands; update sent: a member has written to them", "/coc update We have spoken with two people.", telling},
	{"ask", "[@liaison] TEXT", "ask the reporter, or a project's liaison, who does not get the report", "/coc ask @liaison What was agreed about such reviews?", asking},
	{"accused", "[notified|deferred|heard|link] [@login] [TEXT]", "what was done about the accused: told of the report, not told yet and why, their account; link: an address where they answer once; alone: a text that tells them", "/coc accused notified", hearing},
	{"interim", "ACTION, or confirm|reverse [NUMBER]", "say what you have done for now to protect somebody; the others confirm it, or have it reversed", "/coc interim I muted them in the chat.", measure},
	{"template", "[NAME]", "a text for the accused or the reporter, to be copied", "/coc template accused-notice", templated},
	{"clear", "", "say that you have no conflict of interest in this case", "/coc clear", nothing},
	{"recuse", "[@member] hard|soft [REASON]", "declare a conflict of interest, your own or another's", "/coc recuse soft employer We work together.", recusal},
	{"confirm-conflict", "@member", "confirm what others have declared of a member", "/coc confirm-conflict @member", someone},
	{"admit", "@member [all]", "let somebody who joined the committee into this case, or into all open ones here", "/coc admit @member", admission},
	{"report", "", "in public: where to report in confidence", "/coc report", publicOnly},
}

// Specs is the table of commands, as a copy. Those of a case come first.
func Specs() []Spec { return slices.Clone(specs) }

func specOf(verb string) (Spec, bool) {
	i := slices.IndexFunc(specs, func(s Spec) bool { return s.Verb == verb })
	if i < 0 {
		return Spec{}, false
	}
	return specs[i], true
}

// unknown refuses a verb that the table does not have. It is never repeated: it is
// people's words.
func unknown(verb string) *coc.Refusal {
	next := "`/coc help` shows what there is."
	if near, ok := nearest(verb); ok {
		next = "Did you mean `/coc " + near + "`? " + next
	}
	return &coc.Refusal{What: "There is no such command.", Next: next, Rule: "command/unknown"}
}

// nearest is the verb that was probably meant: at most two letters off, and
// nearer than half of it.
func nearest(verb string) (string, bool) {
	best, off := "", 3
	if len(verb) > 32 {
		return "", false
	}
	for _, s := range specs {
		if d := levenshtein.ComputeDistance(strings.ToLower(verb), s.Verb); d < off && 2*d < len(s.Verb)+1 {
			best, off = s.Verb, d
		}
	}
	return best, best != ""
}
