package evidence_test

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// Not every language has a space, or a full stop that we know, behind an address.
func TestAddressEndsWhereTheWordsOfAnyLanguageGoOn(t *testing.T) {
	t.Parallel()
	const at = web + "/a/b/issues/7#issuecomment-12"
	for _, words := range []string{
		"他在" + at + "。我很害怕。",
		"请看：" + at + "，谢谢",
		"これは「" + at + "」です",
		at + "で私を罵りました",
		"في " + at + "، ثم",
		"« " + at + " », puis",
		"“" + at + "”—he said",
		at + "… and more",
		at + "," + web + "/a/b/issues/8",
		at + ";" + web + "/a/b/issues/8",
		"one:" + at + web + "/a/b/issues/8",
		at + "&gt;",
	} {
		found := false
		var got []string
		for _, a := range evidence.Addresses(coc.NewProse(words)) {
			p, why := evidence.Point(web, a)
			found = found || why == "" && p.ID == 12 && p.Number == 7
			got = append(got, a.Reveal())
		}
		if !found {
			t.Errorf("%q: found %q", words, got)
		}
		if two := strings.Count(words, "https://"); len(got) != two {
			t.Errorf("%q: %d of %d addresses", words, len(got), two)
		}
	}
}
