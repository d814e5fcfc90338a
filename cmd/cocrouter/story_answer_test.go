package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// replying is what somebody who is accused does at the last address that cocrouter
// made for them, which a member has sent to them.
type replying struct {
	Say string `yaml:"say"`
	// Twice presses the button twice. Nothing: nothing is there any more.
	Twice   bool `yaml:"twice"`
	Nothing bool `yaml:"nothing"`
}

var (
	answerAddress = regexp.MustCompile(`/answer/[A-Za-z0-9_-]{40,}`)
	hiddenToken   = regexp.MustCompile(`name="token" value="([A-Z2-7]{26})"`)
)

// addresses is every one that stands in a room, in the order in which they were made
// there.
func (w *town) addresses() []string {
	var out []string
	for _, p := range w.places() {
		if p.public {
			continue
		}
		for _, i := range w.issues(p) {
			for _, c := range comments(i) {
				out = append(out, answerAddress.FindAllString(c.Body, -1)...)
			}
		}
	}
	return out
}

// answersAt opens the page, as a browser does, and sends its form.
func answersAt(w *telling, a replying) error {
	all := w.addresses()
	if len(all) == 0 {
		return errors.New("no address was made")
	}
	at := w.play.address + all[len(all)-1]
	status, page, err := ask(http.Get(at))
	if err != nil {
		return err
	}
	if found := w.wordsIn(page); len(found) > 0 {
		return fmt.Errorf("the page for the accused says %v", found)
	}
	if a.Nothing {
		_, none, err := ask(http.Get(w.play.address + "/answer/none"))
		if err == nil && (status != http.StatusNotFound || page != none) {
			err = fmt.Errorf("the address is answered with %d, and other bytes than none", status)
		}
		return err
	}
	m := hiddenToken.FindStringSubmatch(page)
	if m == nil {
		return fmt.Errorf("%d, and no form at the address", status)
	}
	for range map[bool]int{false: 1, true: 2}[a.Twice] {
		status, page, err := ask(http.PostForm(at, url.Values{"token": {m[1]}, "words": {a.Say}}))
		if err == nil && (status != http.StatusOK || !strings.Contains(page, "It is saved")) {
			err = fmt.Errorf("%d, and the page does not say that it is saved", status)
		}
		if err != nil {
			return err
		}
		if a.Twice {
			w.rest()
		}
	}
	return nil
}

func ask(res *http.Response, err error) (status int, page string, _ error) {
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}
