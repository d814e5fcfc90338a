package notice_test

import (
	"io"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

func TestTranscriptSaysWhatOfAHistoryIsMissing(t *testing.T) {
	t.Parallel()
	told := coc.Captured{Said: coc.Said{Text: coc.NewProse("three"), Edits: []coc.Edit{
		{Text: coc.NewProse("three")}, {Text: coc.NewProse("one"), Left: 7},
	}}}
	b, err := io.ReadAll(notice.Transcript(told, coc.Evidence{Number: 2}))
	if err != nil {
		t.Fatal(err)
	}
	newest, gap, oldest := strings.LastIndex(string(b), "| three"), strings.Index(string(b), "7 more came in between"), strings.Index(string(b), "| one")
	if newest < 0 || gap < newest || oldest < gap {
		t.Errorf("%s", b)
	}
}
