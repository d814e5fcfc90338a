package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// answer is a reporter on the page behind their receipt, who does not give up before it
// says that what they wrote is saved. They come back at once or after a while, and some
// press the button twice.
func (c *chaos) answer(a chaosAct, receipt string) (promised []string) {
	for n, act := range [][]string{{"answer"}, {"urgent", "answer"}, {"answer", "withdraw", "answer"}}[a.Roll%3] {
		time.Sleep(time.Duration(a.Roll*(n+1)%2000) * time.Millisecond)
		word := a.Word + fmt.Sprint("written", n)
		var form url.Values
		send := func() error {
			if form == nil {
				page, err := c.receipt(url.Values{"receipt": {receipt}})
				if err != nil {
					return err
				}
				if form, err = formOnPage(page, act); err != nil {
					return err
				}
				form.Set("words", "It goes on, "+word+".")
			}
			page, err := c.receipt(form)
			if err == nil && !strings.Contains(page, "It is saved") {
				err = errors.New("the page does not say that it is saved")
			}
			return err
		}
		if !c.insist(send) {
			return promised
		}
		promised = append(promised, word)
		if a.Roll%5 == 0 {
			c.insist(send)
		}
	}
	return promised
}

// receipt posts to the page behind a receipt.
func (c *chaos) receipt(form url.Values) (string, error) {
	req, err := http.NewRequest(http.MethodPost, c.servers.setup.Address+"/receipt", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", c.servers.setup.Address)
	resp, err := crashBrowser.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return string(page), err
}

// judgeAnswers: whatever a reporter was told is saved stands once in the issue that the
// case lives in; without one it is kept with the case.
func (c *chaos) judgeAnswers(found []*chaosIssue, cases []coc.Case) (answers int) {
	for _, r := range c.reports {
		for _, word := range r.answered {
			answers++
			said, kept := 0, 0
			for _, cs := range cases {
				for _, m := range cs.FromReporter() {
					kept += strings.Count(m.Text.Reveal(), word)
				}
			}
			home := false
			for _, i := range found {
				if strings.Contains(i.Body, r.word) {
					home, said = true, said+i.says(word)
				}
			}
			if kept != 1 || home && said != 1 {
				c.t.Errorf("report %s of %s: an answer is kept %d times, and is %d times in its home, where there is one: %v", r.word, r.place.source, kept, said, home)
			}
		}
	}
	return answers
}
