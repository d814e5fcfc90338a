package command_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
)

// say shows a command in one line: its verb, words and what is wrong.
func say(c command.Command) string {
	var parts []string
	issue, number, until, naming := "", "", "", ""
	if c.Issue.Number != 0 {
		issue = fmt.Sprintf("%s#%d", c.Issue.Repo, c.Issue.Number)
	}
	if c.Number != 0 {
		number = fmt.Sprint(c.Number)
	}
	if !c.Until.IsZero() {
		until = c.Until.Format("until 2006-01-02 15:04 MST")
	}
	if c.Naming {
		naming = "naming"
	}
	for _, s := range []string{c.Verb, c.Args, number, issue, string(c.Member), string(c.Basis), until, naming, c.URL.Reveal(), c.Text.Reveal()} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if c.Wrong != nil {
		parts = append(parts, "!"+c.Wrong.Rule)
	}
	return strings.Join(parts, "|")
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       []string
	}{
		{"in a quote", "> /coc close", nil},
		{"under a quote without a blank line, as GitHub shows it", "> they said\n/coc close", nil},
		{"under a quote after a blank line", "> they said\n\n/coc close", []string{"close"}},
		{"in a fence", "```\n/coc close\n```", nil},
		{"in a fence that is never closed", "~~~\n/coc close\n\n/coc ack", nil},
		{"after a shorter fence that does not close", "````\n```\n/coc close\n````\n/coc ack", []string{"ack"}},
		{"in indented code", "text\n\n    /coc close", nil},
		{"in code between backticks", "`/coc close`", nil},
		{"in code that spans lines", "see `what\n/coc close\nwas` there", nil},
		{"in an HTML comment", "<!--\n/coc close\n-->", nil},
		{"in an HTML comment within a line", "a <!-- b\n/coc close\n--> c", nil},
		{"in a list", "- /coc close\n1. /coc close", nil},
		{"in a table's row", "| /coc close |", nil},
		{"in the middle of a line", "please /coc close", nil},
		{"with a zero-width character inside", "/c\u200boc close", nil},
		{"after an invisible character", "\u200b/coc close", nil},
		{"after a right-to-left override", "\u202e/coc close", nil},
		{"the beginning of another word", "/cocoa close\n/coc-close\n/coc/close", nil},
		{"escaped", `\/coc close`, nil},
		{"as a title of hashes", "# /coc close", nil},
		{"after four spaces of a paragraph", "text\n    /coc close", nil},

		{"in a list's fence", "- ```\n  /coc close\n  ```", nil},
		{"in HTML that quotes", "<blockquote>\n/coc close\n</blockquote>", nil},
		{"in HTML that quotes, between blank lines", "<blockquote>\n\n/coc close\n\n</blockquote>", nil},
		{"in HTML that is code, between blank lines", "<code>\n\n/coc close\n\n</code>", nil},
		{"in HTML that is code, begun within a line", "see <code>this\n/coc close\n</code>", nil},
		{"in HTML that quotes within a quote", "<blockquote>\n\n<blockquote>\n\nthey said\n\n</blockquote>\n\n/coc close\n\n</blockquote>", nil},
		{"in HTML that quotes and is never closed", "<blockquote cite=\"x\">\n\nthey said\n\n/coc close", nil},
		{"in HTML that quotes below a list", "- a\n\n  <blockquote>\n\n  they said\n\n/coc close", nil},
		{"after HTML that quotes", "<blockquote>\n\n/coc close\n\n</blockquote>\n\n/coc ack", []string{"ack"}},
		{"after HTML that is code in a line", "we use <kbd>ctrl</kbd> and <Code>x</Code>\n/coc ack", []string{"ack"}},
		{"after a tag that ends nothing", "what </blockquote> is this\n\n/coc ack", []string{"ack"}},
		{"after a tag that is code itself", "what `<blockquote>` is this\n\n/coc ack", []string{"ack"}},
		{"after a quote with a tag", "> <blockquote>\n\n/coc ack", []string{"ack"}},
		{"between tags that set nothing apart", "<details>\n\n/coc ack\n\n</details>", []string{"ack"}},
		{"in HTML that is code", "<pre>\n\n/coc close\n</pre>", nil},
		{"in a comment between tags", "<div>\n<!--\n/coc close\n-->\n</div>", nil},

		{"right below a list", "- told the reporter\n- wrote it down\n/coc ack", []string{"ack"}},
		{"right below a picture", "<img width=\"10\" src=\"https://pictures.example/1\" />\n/coc ack", []string{"ack"}},
		{"alone", "/coc", []string{"help"}},
		{"case and spaces", "  /COC \t Ack  ", []string{"ack"}},
		{"spaces of a phone", "/coc\u00a0ack", []string{"ack"}},
		{"carriage returns", "/coc ack\r\n/coc status\r\n", []string{"ack", "status"}},
		{"a full stop after it", "/coc ack.", []string{"ack"}},
		{"over the dashes of a signature", "/coc ack\n---\nkim", []string{"ack"}},
		{"several, in order", "Hello\n/coc ack\nthen\n/coc claim @kim-two\n\n/coc status", []string{"ack", "claim|kim-two", "status"}},
		{"says more than it can mean", "/coc close not yet", []string{"close|!command/close"}},
		{"mistyped", "/coc akc", []string{"!command/unknown"}},
		{"an address for no account", "/coc accused link @kim.one", []string{"accused|link|!command/accused"}},
		{"an address for the accused", "/coc accused link", []string{"accused|link"}},
		{"an address for one of the accused, with words", "/coc accused Link @kim-one\nPlease tell us what happened.", []string{"accused|link|kim-one|Please tell us what happened."}},
		{"the accused, in another way", "/coc accused informed", []string{"accused|!command/accused"}},
		{"the accused, and who, but not with an account", "/coc accused notified @kim.one", []string{"accused|notified|!command/accused"}},
		{"the accused, without a reason", "/coc accused deferred @kim-one", []string{"accused|deferred|kim-one|!command/accused"}},
		{"the accused, without their account", "/coc accused heard", []string{"accused|heard|!command/accused"}},
		{"the accused, and a word below that is nobody's", "/coc accused\nThank you.", []string{"accused"}},
		{"the accused are told", "/coc ACCUSED Notified: by mail\n/coc ack", []string{"accused|notified|by mail", "ack"}},
		{"one of the accused is told", "/coc accused notified @kim-one, by mail", []string{"accused|notified|kim-one|by mail"}},
		{"a first word that could be an account", "/coc accused notified kim-one by mail", []string{"accused|notified|kim-one by mail"}},
		{"an account in lines", "/coc accused heard @kim-one\nIt was a joke.\n\nAnd more.", []string{"accused|heard|kim-one|It was a joke.\n\nAnd more."}},
		{"a measure without a word", "/coc interim", []string{"interim|!command/interim"}},
		{"a vote that could be a measure", "/coc interim confirm that they are muted", []string{"interim|confirm|!command/interim"}},
		{"a vote on no number", "/coc interim reverse 0", []string{"interim|reverse|!command/interim"}},
		{"a vote on a number that is none", "/coc interim reverse 99999999999999999999", []string{"interim|reverse|!command/interim"}},
		{"a measure that begins like a vote", "/coc interim confirmed bots are off", []string{"interim|confirmed bots are off"}},
		{"a measure", "/coc interim I muted them.\nIn the chat.", []string{"interim|I muted them.\nIn the chat."}},
		{"a vote, and a word below that is nobody's", "/coc interim Confirm.\nThank you.", []string{"interim|confirm"}},
		{"a vote on one of several", "/coc interim reverse 2.", []string{"interim|reverse|2"}},
		{"a mediation without a word on consent", "/coc mediate", []string{"mediate|!command/mediate"}},
		{"a mediation", "/coc mediate Both agree.", []string{"mediate|Both agree."}},
		{"a mediation that is over", "/coc mediate ended.\nNo way was found.", []string{"mediate ended|No way was found."}},
		{"a mediation that has not ended", "/coc mediate endedly", []string{"mediate|endedly"}},
		{"a text that there is not", "/coc template apology", []string{"template|!command/template"}},
		{"a text and more", "/coc template accused-notice please", []string{"template|!command/template"}},
		{"a text", "/coc template Accused-Notice.", []string{"template|accused-notice"}},
		{"which texts there are", "/coc template", []string{"template"}},
		{"claim alone", "/coc claim", []string{"claim"}},
		{"claim for two", "/coc claim @a @b", []string{"claim|!command/claim"}},
		{"reopen without a reason", "/coc reopen", []string{"reopen|!command/reopen"}},
		{"reopen with a reason below", "/coc reopen\nnew facts\nand more", []string{"reopen|new facts\nand more"}},
		{"escalate", "/coc escalate we know them", []string{"escalate|we|know them"}},
		{"escalate without a reason", "/coc escalate", []string{"escalate|!command/escalate"}},
		{"resolve alone", "/coc resolve", []string{"resolve"}},
		{"resolve with an outcome", "/coc resolve Warning they\napologised\n/coc close", []string{"resolve|warning|they\napologised", "close"}},
		{"resolve with what is no outcome", "/coc resolve done", []string{"resolve|!command/resolve"}},
		{"object with and without words", "/coc object\n\n/coc object no", []string{"object", "object|no"}},
		{"propose alone", "/coc propose", []string{"propose|!command/propose"}},
		{"propose what is no outcome", "/coc propose banishment for ever", []string{"propose|!command/propose"}},
		{"propose without words", "/coc propose warning", []string{"propose|warning|!command/propose"}},
		{"propose without words behind the rest", "/coc propose ban until 2027-03-01 naming", []string{"propose|ban|until 2027-03-01 00:00 UTC|naming|!command/propose"}},
		{"propose with an end that is no day", "/coc propose ban until they apologise", []string{"propose|ban|until they apologise|!command/propose"}},
		{"propose with a day that is two", "/coc propose ban until 01/03/2027 They insulted.", []string{"propose|ban|until 01/03/2027 They insulted.|!command/propose"}},
		{"propose with a day that there is not", "/coc propose ban until 2027-02-30 x", []string{"propose|ban|until 2027-02-30 x|!command/propose"}},
		{"propose with two ends", "/coc propose ban until 2027-03-01 until 2027-04-01 x", []string{"propose|ban|until 2027-03-01 00:00 UTC|until 2027-03-01 until 2027-04-01 x|!command/propose"}},
		{"propose with a year of five digits", "/coc propose ban until 12027-03-01 x", []string{"propose|ban|until 12027-03-01 x|!command/propose"}},
		{"propose with a month alone", "/coc propose ban until March 2027 x", []string{"propose|ban|until March 2027 x|!command/propose"}},
		{"propose, and until is a word of the reason", "/coc propose warning Not until 2027-03-01.", []string{"propose|warning|Not until 2027-03-01."}},
		{"propose a warning", "/coc propose Warning: They apologise\nin public.", []string{"propose|warning|They apologise\nin public."}},
		{"propose with a day", "/coc propose ban until 2027-03-01 They insulted.", []string{"propose|ban|until 2027-03-01 00:00 UTC|They insulted."}},
		{"propose with a day and a comma", "/coc propose ban until 2027-3-1, then again", []string{"propose|ban|until 2027-03-01 00:00 UTC|then again"}},
		{"propose with a day in words", "/coc propose ban until 1st March, 2027 x", []string{"propose|ban|until 2027-03-01 00:00 UTC|x"}},
		{"propose with a day as in America", "/coc propose ban Until march 1, 2027: x", []string{"propose|ban|until 2027-03-01 00:00 UTC|x"}},
		{"propose with a short month", "/coc propose ban until 1 Sept. 2027 x", []string{"propose|ban|until 2027-09-01 00:00 UTC|x"}},
		{"propose with slashes from the year", "/coc propose ban until 2027/03/01 x", []string{"propose|ban|until 2027-03-01 00:00 UTC|x"}},
		{"propose with the end on the next line", "/coc propose ban\nuntil 2027-03-01 x", []string{"propose|ban|until 2027-03-01 00:00 UTC|x"}},
		{"propose in the year 9999", "/coc propose ban until 9999-12-31 x", []string{"propose|ban|until 9999-12-31 00:00 UTC|x"}},
		{"propose naming before until", "/coc propose ban naming until 2027-03-01 x", []string{"propose|ban|until 2027-03-01 00:00 UTC|naming|x"}},
		{"propose for some weeks", "/coc propose suspension for 8 weeks They insulted.", []string{"propose|suspension|for 8 weeks They insulted.|!command/propose"}},
		{"propose for days", "/coc propose ban For 61 days.", []string{"propose|ban|For 61 days.|!command/propose"}},
		{"propose for months in words", "/coc propose ban two months, they insulted", []string{"propose|ban|two months, they insulted|!command/propose"}},
		{"propose a span with a hyphen", "/coc propose suspension 3-month pause", []string{"propose|suspension|3-month pause|!command/propose"}},
		{"propose for a year, naming", "/coc propose ban naming for a year", []string{"propose|ban|naming|naming for a year|!command/propose"}},
		{"propose what happened some days ago", "/coc propose ban Two days ago they insulted.", []string{"propose|ban|Two days ago they insulted."}},
		{"propose for a year, and until", "/coc propose ban until 2027-03-01 for a year", []string{"propose|ban|until 2027-03-01 00:00 UTC|for a year"}},
		{"propose a warning for some weeks", "/coc propose warning For two weeks they insulted.", []string{"propose|warning|For two weeks they insulted."}},
		{"propose for life", "/coc propose ban for life", []string{"propose|ban|for life"}},
		{"propose on a leap day that there is not", "/coc propose ban until 29 February 2027 x", []string{"propose|ban|until 29 February 2027 x|!command/propose"}},
		{"propose without a year", "/coc propose ban until 29 February x", []string{"propose|ban|until 29 February x|!command/propose"}},
		{"propose until the first day there was", "/coc propose ban until 0001-01-01 x", []string{"propose|ban|until 0001-01-01 x|!command/propose"}},
		{"resolve with a day", "/coc resolve ban until 2027-03-01 They insulted.", []string{"resolve|ban|until 2027-03-01 00:00 UTC|They insulted."}},
		{"resolve naming", "/coc resolve warning naming", []string{"resolve|warning|naming"}},
		{"resolve with an end that is no day", "/coc resolve ban until they apologise", []string{"resolve|ban|until they apologise|!command/resolve"}},
		{"propose naming alone", "/coc propose warning Naming They insulted.", []string{"propose|warning|naming|They insulted."}},
		{"agree with more", "/coc agree not yet", []string{"agree|!command/agree"}},
		{"legal alone", "/coc legal", []string{"legal|!command/legal"}},
		{"legal with another word", "/coc legal will be consulted", []string{"legal|!command/legal"}},
		{"legal consulted", "/coc legal Consulted.", []string{"legal|consulted"}},
		{"legal consulted, and by whom", "/coc legal consulted by\nLF counsel", []string{"legal|consulted|by\nLF counsel"}},
		{"recuse without a kind", "/coc recuse", []string{"recuse|!command/recuse"}},
		{"recuse somebody without a kind", "/coc recuse @kim-two", []string{"recuse|kim-two|!command/recuse"}},
		{"recuse by a kind that is none", "/coc recuse me please", []string{"recuse|me|!command/recuse"}},
		{"recuse, and the account behind the kind", "/coc recuse hard @kim-two", []string{"recuse|!command/recuse"}},
		{"recuse what is no account", "/coc recuse kim! hard", []string{"recuse|!command/recuse"}},
		{"recuse somebody who is called like a kind", "/coc recuse @hard soft", []string{"recuse|soft|hard"}},
		{"recuse in short", "/coc recuse Hard", []string{"recuse|hard"}},
		{"recuse with a reason below", "/coc recuse soft: we\nwork together", []string{"recuse|soft|we\nwork together"}},
		{"recuse with a basis", "/coc recuse soft Employer: we work together", []string{"recuse|soft|employer|Employer: we work together"}},
		{"recuse with a basis that comes later", "/coc recuse soft our employer", []string{"recuse|soft|our employer"}},
		{"recuse another, without the sign", "/coc recuse kim-two hard personal", []string{"recuse|hard|kim-two|personal|personal"}},
		{"clear with more", "/coc clear I think", []string{"clear|!command/clear"}},
		{"confirm nobody", "/coc confirm-conflict", []string{"confirm-conflict|!command/confirm-conflict"}},
		{"confirm two", "/coc confirm-conflict @a @b", []string{"confirm-conflict|!command/confirm-conflict"}},
		{"confirm", "/coc confirm-conflict @a", []string{"confirm-conflict|a"}},
		{"admit somebody who is called all", "/coc admit all", []string{"admit|all"}},
		{"admit two", "/coc admit @a @b", []string{"admit|!command/admit"}},
		{"admit to all and more", "/coc admit @a all cases", []string{"admit|!command/admit"}},
		{"admit", "/coc admit @a", []string{"admit|a"}},
		{"admit to all", "/coc admit @a ALL", []string{"admit|all|a"}},
		{"appeal", "/coc appeal unfair-evaluation", []string{"appeal|unfair-evaluation"}},
		{"appeal with words and below", "/coc appeal No jurisdiction: it is\nnot theirs", []string{"appeal|no-jurisdiction|it is\nnot theirs"}},
		{"appeal in other words", "/coc appeal Conflict of interest, he said", []string{"appeal|conflicted-deciders|he said"}},
		{"appeal by the longer of two", "/coc appeal breach of policy or law by all", []string{"appeal|breach-of-policy-or-law|by all"}},
		{"appeal by the shorter of two", "/coc appeal breach of trust", []string{"appeal|breach-of-policy-or-law|of trust"}},
		{"appeal half apart", "/coc appeal grossly-disproportionate or Inadequate.", []string{"appeal|disproportionate"}},
		{"appeal with an underscore", "/coc appeal CONFLICTED_DECIDERS", []string{"appeal|conflicted-deciders"}},
		{"appeal by the beginning of a ground", "/coc appeal unfairest", []string{"appeal|unfairest"}},
		{"appeal by a slip", "/coc appeal unfair-evalution of it", []string{"appeal|unfair-evalution of it"}},
		{"appeal alone", "/coc appeal", []string{"appeal"}},
		{"ask", "/coc ask @kim-two what was\nagreed", []string{"ask|kim-two|what was\nagreed"}},
		{"ask with a sign of the sentence", "/coc ask @kim-two: what was agreed", []string{"ask|kim-two|what was agreed"}},
		{"ask the reporter", "/coc ask What was agreed?\nAnd when?", []string{"ask|What was agreed?\nAnd when?"}},
		{"ask the reporter, and talk on", "/coc ask What was agreed?\n\nKim, I do not believe them.", []string{"ask|!command/ask"}},
		{"ask somebody without the sign", "/coc ask kim-two what was agreed", []string{"ask|kim-two what was agreed"}},
		{"ask what is no account", "/coc ask @kim!two what was agreed", []string{"ask|!command/ask"}},
		{"update", "/coc update We have\nspoken with two.", []string{"update|We have\nspoken with two."}},
		{"update, and talk on", "/coc update We have spoken with two.\n \nKim, who was the third?", []string{"update|!command/update"}},
		{"update twice", "/coc update One.\n\n/coc update Two.\n", []string{"update|One.", "update|Two."}},
		{"update nothing", "/coc update", []string{"update|!command/update"}},
		{"update sent", "/coc update Sent.", []string{"update|sent"}},
		{"update sent, with words", "/coc update sent: by mail\n\nThey thanked us.", []string{"update|sent|by mail\n\nThey thanked us."}},
		{"ask nothing", "/coc ask @kim-two", []string{"ask|!command/ask"}},
		{"a severity in other letters", "/coc severity HIGH.", []string{"severity|high"}},
		{"a severity as its label", "/coc severity severity/low", []string{"severity|low"}},
		{"no severity", "/coc severity", []string{"severity|!command/severity"}},
		{"two severities", "/coc severity high or low", []string{"severity|!command/severity"}},
		{"a severity and more below", "/coc severity high\nbecause", []string{"severity|!command/severity"}},
		{"a flag", "/coc flag Retaliation", []string{"flag|retaliation"}},
		{"a flag apart", "/coc flag legal  risk", []string{"flag|legal-risk"}},
		{"a flag as its label", "/coc unflag flag/safety_risk.", []string{"unflag|safety-risk"}},
		{"a flag of ours is read, whoever may set it", "/coc flag overdue", []string{"flag|overdue"}},
		{"a flag and a reason", "/coc flag retaliation he threatened her", []string{"flag|!command/flag"}},
		{"a flag that is none", "/coc flag urgent", []string{"flag|!command/flag"}},
		{"no flag", "/coc unflag", []string{"unflag|!command/unflag"}},
		{"evidence", "/coc evidence https://chat.example/a?b=1#c the message\nof Monday", []string{"evidence|https://chat.example/a?b=1#c|the message\nof Monday"}},
		{"evidence in other letters", "/coc evidence <HTTPS://CHAT.example:443>.", []string{"evidence|https://chat.example/"}},
		{"evidence at another port", "/coc evidence http://chat.example:443/A", []string{"evidence|http://chat.example:443/A"}},
		{"evidence at a number", "/coc evidence http://[::1]/a", []string{"evidence|http://[::1]/a"}},
		{"evidence with a password", "/coc evidence https://kim:pass@chat.example/", []string{"evidence|!command/evidence"}},
		{"evidence that runs", "/coc evidence javascript:alert(1)", []string{"evidence|!command/evidence"}},
		{"evidence in a file", "/coc evidence file:///etc/passwd", []string{"evidence|!command/evidence"}},
		{"evidence without a place", "/coc evidence https:///a", []string{"evidence|!command/evidence"}},
		{"evidence in words", "/coc evidence the message of Monday", []string{"evidence|!command/evidence"}},
		{"evidence without end", "/coc evidence https://chat.example/" + strings.Repeat("a", 2000), []string{"evidence|!command/evidence"}},
		{"no evidence", "/coc evidence", []string{"evidence|!command/evidence"}},
		{"remedy", "/coc remedy they apologise\nin writing", []string{"remedy|they apologise\nin writing"}},
		{"remedy with a day", "/coc remedy They apologise until 2027-03-01", []string{"remedy|until 2027-03-01 00:00 UTC|They apologise"}},
		{"remedy with a day and more below", "/coc remedy They apologise UNTIL 1 March 2027.\nin writing", []string{"remedy|until 2027-03-01 00:00 UTC|They apologise\nin writing"}},
		{"remedy with the last of two days", "/coc remedy Not until 2027-01-01 but until Mar 1st, 2027", []string{"remedy|until 2027-03-01 00:00 UTC|Not until 2027-01-01 but"}},
		{"remedy until something else", "/coc remedy No contact until they agree", []string{"remedy|No contact until they agree"}},
		{"remedy until a month may come", "/coc remedy No contact until May they meet", []string{"remedy|No contact until May they meet"}},
		{"remedy with a day of two countries", "/coc remedy They apologise until 03/04/2027", []string{"remedy|!command/remedy"}},
		{"remedy with a day that is none", "/coc remedy They apologise until 2027-02-30", []string{"remedy|!command/remedy"}},
		{"remedy with a day without a year", "/coc remedy They apologise until March 1", []string{"remedy|!command/remedy"}},
		{"remedy with a day as seen from today", "/coc remedy They apologise until next Friday", []string{"remedy|!command/remedy"}},
		{"remedy until the end", "/coc remedy They apologise until the end of March", []string{"remedy|!command/remedy"}},
		{"remedy until the end of words", "/coc remedy It stays until the team agrees", []string{"remedy|It stays until the team agrees"}},
		{"remedy with a time", "/coc remedy They apologise until 2027-03-01T10:00", []string{"remedy|!command/remedy"}},
		{"remedy with a day and more in the line", "/coc remedy until 2027-03-01 they apologise", []string{"remedy|!command/remedy"}},
		{"remedy with a day alone", "/coc remedy until 2027-03-01", []string{"remedy|!command/remedy"}},
		{"remedy in the year 9999", "/coc remedy Ban until 9999-12-31", []string{"remedy|until 9999-12-31 00:00 UTC|Ban"}},
		{"remedy in the year 10000", "/coc remedy Ban until 10000-01-01", []string{"remedy|!command/remedy"}},
		{"no remedy", "/coc remedy", []string{"remedy|!command/remedy"}},
		{"remedy done", "/coc remedy Done #2", []string{"remedy|done|2"}},
		{"remedy done, with words", "/coc remedy done 2: they did\non Monday", []string{"remedy|done|2|they did\non Monday"}},
		{"remedy done, of no number", "/coc remedy done with it", []string{"remedy|!command/remedy"}},
		{"remedy done, number nought", "/coc remedy done 0", []string{"remedy|!command/remedy"}},
		{"remedy lapsed without a reason", "/coc remedy lapsed 1", []string{"remedy|!command/remedy"}},
		{"remedy lapsed", "/coc remedy lapsed 1 They left.", []string{"remedy|lapsed|1|They left."}},
		{"remedy checked", "/coc remedy checked 1", []string{"remedy|checked|1"}},
		{"link by code name", "/coc link `Quiet-Harbor-417`.", []string{"link|quiet-harbor-417"}},
		{"link by number", "/coc link #12", []string{"link|#12"}},
		{"link by repository and number", "/coc link kim-conduct/cases#12", []string{"link|kim-conduct/cases#12"}},
		{"link by address", "/coc link https://github.example/kim-conduct/cases/issues/12#issuecomment-5", []string{"link|kim-conduct/cases#12"}},
		{"link by the address of a pull request", "/coc link https://github.example/kim/cases/pull/12", []string{"link|!command/link"}},
		{"link nothing", "/coc link", []string{"link|!command/link"}},
		{"link two", "/coc link #12 #13", []string{"link|!command/link"}},
		{"link number nought", "/coc link #0", []string{"link|!command/link"}},
		{"link and a reason", "/coc link #12 the same person", []string{"link|!command/link"}},
		{"the public command", "/coc report", []string{"report"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, c := range command.Parse(coc.NewProse(test.body)) {
				got = append(got, say(c))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Parse(%q):\n%s", test.body, diff)
			}
		})
	}
}

func TestLinesAreCountedAsPeopleCountThem(t *testing.T) {
	t.Parallel()
	got := command.Parse(coc.NewProse("one\r\n\r\n/coc ack\r\n/coc status"))
	if len(got) != 2 || got[0].Line != 3 || got[1].Line != 4 {
		t.Errorf("Parse = %+v, want lines 3 and 4", got)
	}
}

func TestARefusalRepeatsNobodysWords(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"/coc kim-hurt-me", "/coc resolve kim-hurt-me", "/coc claim kim hurt me", "/coc close kim-hurt-me",
		"/coc recuse kim hurt me", "/coc recuse hard @kim", "/coc admit kim hurt me", "/coc confirm-conflict kim hurt me",
		"/coc ask @kim!two hurt me", "/coc ask @kim-two", "/coc update kim\n\nhurt me", "/coc propose kim-hurt-me so", "/coc propose ban until kim is sorry", "/coc legal kim"} {
		for _, c := range command.Parse(coc.NewProse(body)) {
			if c.Wrong == nil || strings.Contains(c.Wrong.Error(), "kim") {
				t.Errorf("%q is refused with %v", body, c.Wrong)
			}
		}
	}
}

// A comment of GitHub's full length must not keep the parser busy for seconds.
// The bound is a thousand times what a plain comment takes, so that a slow
// machine does not break it and quadratic time does.
func TestHostileNestingDoesNotKeepTheParserBusy(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"[", "![", "*a_ ", "> ", ">", "`a``", "<", "<!--", "- ", "* ", "[a](", "_a*", "~~a", " \t", "1) ", "1. ", "[a]: <b", "\\", "<a "} {
		body := strings.Repeat(piece, 65_000/len(piece)) + "\n\n/coc ack\n"
		done := make(chan struct{})
		go func() { defer close(done); command.Parse(coc.NewProse(body)) }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatalf("%q repeated takes too long", piece)
		}
	}
}

func TestCommentCannotKeepACaseBusyWithCommands(t *testing.T) {
	t.Parallel()
	got := command.Parse(coc.NewProse(strings.Repeat("/coc status\n", 5000)))
	if len(got) != 21 || got[19].Wrong != nil || got[20].Wrong == nil || got[20].Line != 21 {
		t.Errorf("%d commands, the last of them %+v", len(got), got[len(got)-1])
	}
}

func TestNamesOfSeveralWordsAreFoundAtTheBeginning(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body, name, rest string
		ok               bool
	}{
		{"/coc escalate River  committee we know them", "River Committee", "we know them", true},
		{"/coc escalate cncf too close", "cncf", "too close", true},
		{"/coc escalate River Committee", "River Committee", "", true},
		{"/coc escalate River we know them", "River Committee", "", false},
		{"/coc escalate Riverside we know them", "River", "", false},
		{"/coc escalate we know them", "", "", false},
	}
	for _, test := range tests {
		c := command.Parse(coc.NewProse(test.body))[0]
		if rest, ok := c.After(test.name); ok != test.ok || ok && rest.Reveal() != test.rest {
			t.Errorf("%q after %q: %q, %t", test.body, test.name, rest.Reveal(), ok)
		}
	}
}

func TestRecordTakesReferencesAndNoWords(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"/coc notify They did it before.":                      "no",
		"/coc notify record They did it before.":               "no",
		"/coc notify record N-1234567":                         "no",
		"/coc notify record N-12345678 and N-9abcdef0":         "no",
		"/coc notify records":                                  "no",
		"/coc notify the record":                               "no",
		"/coc notify record n-12345678":                        "no",
		"/coc notify":                                          "no",
		"/coc notify record":                                   "",
		"/coc notify Record.":                                  "",
		"/coc notify record `N-12345678`":                      "N-12345678",
		"/coc notify record: N-12345678, N-9abcdef0.":          "N-12345678 N-9abcdef0",
		"/coc notify record\nN-12345678\n\n/coc ack":           "N-12345678",
		"/coc NOTIFY RECORD N-12345678\n> and they said this":  "no",
		"/coc notify record N-12345678\nbecause it is serious": "no",
	} {
		got := "no"
		if refs, ok := command.Parse(coc.NewProse(said))[0].Record(); ok {
			got = strings.Join(refs, " ")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

func TestReportIsTheWholeComment(t *testing.T) {
	t.Parallel()
	body := coc.NewProse("They wrote this:\n> go away\n\n/coc report please\n")
	account, ok := command.Report(body)
	if !ok || account != body {
		t.Errorf("Report = %q, %t", account.Reveal(), ok)
	}
	for _, none := range []string{"", "/coc help", "> /coc report", "`/coc report`", "use /coc report"} {
		if account, ok := command.Report(coc.NewProse(none)); ok || !account.IsBlank() {
			t.Errorf("Report(%q) found one", none)
		}
	}
}

func TestEveryCommandOfTheTableParsesByItsOwnExample(t *testing.T) {
	t.Parallel()
	for _, s := range command.Specs() {
		got := command.Parse(coc.NewProse(s.Example))
		if len(got) != 1 || got[0].Verb != s.Verb || got[0].Wrong != nil {
			t.Errorf("%s: %q parses as %+v", s.Verb, s.Example, got)
		}
	}
}

// What a member can write in a case, the guide for members tells.
func TestRoutingTellsOfEveryCommandOfACase(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../ROUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range command.Specs() {
		if !strings.Contains(string(guide), "`/coc "+s.Verb) {
			t.Errorf("ROUTING.md does not tell of /coc %s", s.Verb)
		}
	}
	for _, b := range coc.ConflictBases() {
		if !strings.Contains(string(guide), "`"+string(b)+"`") {
			t.Errorf("ROUTING.md does not tell of the basis %s", b)
		}
	}
	for _, code := range regexp.MustCompile("`/coc [^`\\n]+`").FindAllString(string(guide), -1) {
		for _, c := range command.Parse(coc.NewProse(strings.Trim(code, "`"))) {
			if c.Verb == "" {
				t.Errorf("ROUTING.md tells of %s, which does not exist", code)
			}
		}
	}
}

// What the fuzzer found in testdata reaches lines that the comments here do not;
// each is named for what it is.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"/coc ack", "> /coc ack\n/coc close", "```\n/coc ack", "`a\n/coc ack`", "<!-- \n/coc ack", "/coc resolve warning\nx\n/coc", "\r/coc\v ack", "- a\n\n  /coc ack"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := command.Parse(coc.NewProse(body))
		if len(got) > 0 && !command.HasCommand([]byte(body)) {
			t.Error("HasCommand misses a command")
		}
		for i, c := range got {
			if (c.Verb == "") != (c.Wrong != nil && strings.HasPrefix(c.Wrong.Rule, "command/unknown") || c.Wrong != nil && c.Wrong.Rule == "command/too-many") {
				t.Errorf("command %d has verb %q and refusal %v", i, c.Verb, c.Wrong)
			}
			if i > 0 && c.Line <= got[i-1].Line {
				t.Error("lines are out of order")
			}
		}
		// Quoted or fenced as a whole, nothing of it is a command.
		quoted := "> " + strings.NewReplacer("\r\n", "\n> ", "\r", "\n> ", "\n", "\n> ").Replace(body)
		if inner := command.Parse(coc.NewProse(quoted)); inner != nil {
			t.Errorf("quoted text commands: %+v", inner)
		}
		fenced := strings.Repeat("`", 3+len(body)) + "\n" + body
		if inner := command.Parse(coc.NewProse(fenced)); inner != nil {
			t.Errorf("fenced text commands: %+v", inner)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body := coc.NewProse(strings.Repeat("A line of a long comment.\n", 2500) + "\n/coc ack\n")
	b.ReportAllocs()
	for b.Loop() {
		if len(command.Parse(body)) != 1 {
			b.Fatal("no command")
		}
	}
}

func TestWordsOfAProposalThatSayMoreThanItsTerms(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]command.Unsaid{
		"ban They insulted everybody.":                          {},
		"ban They are out for 8 weeks.":                         {Ends: true},
		"suspension They are out, until 1 March 2027.":          {Ends: true},
		"suspension until 2027-03-01 They are out for 8 weeks.": {},
		"ban They stay away until they apologise.":              {},
		"other They are banned for a year.":                     {Lasts: true},
		"warning Suspended permanently from the chat.":          {Lasts: true},
		"warning A ban was too much.":                           {},
		"warning They were banned before.":                      {},
		"warning They apologise in public.":                     {},
		"warning They are named in public.":                     {Naming: true},
		"warning naming They are named in public.":              {},
		"ban until 2027-03-01 We publish their name, and why.":  {Naming: true},
		"ban until 2027-03-01 A public statement names them.":   {Naming: true},
	} {
		c := command.Parse(coc.NewProse("/coc propose " + words))
		if len(c) != 1 || c[0].Wrong != nil || c[0].Unsaid() != want {
			t.Errorf("%s: %+v, want %+v", words, c[0].Unsaid(), want)
		}
	}
}
