package main

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"strings"
)

// sending is what a reporter does on the page behind a receipt.
type sending struct {
	// Of is the number of the receipt; 0: the last one.
	Of     int    `yaml:"of"`
	Act    string `yaml:"act"` // answer, urgent or withdraw
	Say    string `yaml:"say"`
	Danger bool   `yaml:"danger"`
	// Repeat makes the words long; Twice presses the button twice.
	Repeat int  `yaml:"repeat"`
	Twice  bool `yaml:"twice"`
}

// sendWithReceipt opens the page and sends one of its forms, as a browser does.
func sendWithReceipt(w *telling, a sending) error {
	if a.Of == 0 {
		a.Of = len(w.receipts)
	}
	receipt := url.Values{"receipt": {w.receipts[a.Of-1]}}
	page, err := w.play.browse(w.t.Context(), http.MethodPost, w.play.address+"/receipt", receipt)
	if err != nil {
		return err
	}
	form, err := formOnPage(page, a.Act)
	if err != nil {
		return err
	}
	form.Set("words", strings.Repeat(a.Say, max(a.Repeat, 1)))
	if a.Danger {
		form.Set("danger", "1")
	}
	for range map[bool]int{false: 1, true: 2}[a.Twice] {
		page, err = w.play.browse(w.t.Context(), http.MethodPost, w.play.address+"/receipt", form)
		if err == nil && !strings.Contains(page, "It is saved") {
			err = errors.New("the page does not say that it is saved")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// formOnPage is the hidden fields of one of the forms on the page behind a receipt.
func formOnPage(page, act string) (url.Values, error) {
	for part := range strings.SplitSeq(page, "<form") {
		part, _, _ = strings.Cut(part, "</form>")
		if !strings.Contains(part, `name="act" value="`+act+`"`) {
			continue
		}
		form := url.Values{}
		for field := range strings.SplitSeq(part, `<input type="hidden" name="`) {
			if name, rest, ok := strings.Cut(field, `" value="`); ok && !strings.Contains(name, "<") {
				value, _, _ := strings.Cut(rest, `"`)
				form.Set(name, html.UnescapeString(value))
			}
		}
		return form, nil
	}
	return nil, errors.New("the page has no form to send that with")
}
