package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// openReceipt does what a browser does before the reporter answers.
func (w *crashWorld) openReceipt(answer string) error {
	page, err := w.behindReceipt(url.Values{"receipt": {w.receipt}})
	if err != nil {
		return err
	}
	w.answer, err = formOnPage(page, "answer")
	if err == nil {
		w.answer.Set("words", answer)
	}
	return err
}

// sendAnswer sends it, and once more it is the same answer.
func (w *crashWorld) sendAnswer() error {
	page, err := w.behindReceipt(w.answer, w.files...)
	if err == nil && !strings.Contains(page, "It is saved") {
		err = fmt.Errorf("the page does not say that the answer is saved")
	}
	w.saved = w.saved || err == nil
	return err
}

func (w *crashWorld) behindReceipt(form url.Values, files ...crashFile) (string, error) {
	req, err := w.sends("/receipt", form, files)
	if err != nil {
		return "", err
	}
	resp, err := crashBrowser.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the receipt is answered %s", resp.Status)
	}
	return string(page), err
}
