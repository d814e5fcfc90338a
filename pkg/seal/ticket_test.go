package seal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/seal"
)

func TestTicketOpensOnlyAsItWasMade(t *testing.T) {
	t.Parallel()
	keys, others := newKeys(t), newKeys(t)
	ticket := keys.Ticket("sign-in", []byte("a verifier"))
	if got, err := keys.OpenTicket("sign-in", ticket); err != nil || string(got) != "a verifier" {
		t.Fatalf("%q, %v", got, err)
	}
	if strings.Contains(ticket, "verifier") || ticket == keys.Ticket("sign-in", []byte("a verifier")) {
		t.Error("the ticket tells what it holds, or that it holds the same")
	}
	for name, open := range map[string]func() ([]byte, error){
		"of another kind":       func() ([]byte, error) { return keys.OpenTicket("reports", ticket) },
		"of another operator":   func() ([]byte, error) { return others.OpenTicket("sign-in", ticket) },
		"none":                  func() ([]byte, error) { return keys.OpenTicket("sign-in", "") },
		"one letter more":       func() ([]byte, error) { return keys.OpenTicket("sign-in", ticket+"A") },
		"one letter less":       func() ([]byte, error) { return keys.OpenTicket("sign-in", ticket[:len(ticket)-1]) },
		"not in the alphabet":   func() ([]byte, error) { return keys.OpenTicket("sign-in", "ü"+ticket) },
		"a megabyte of letters": func() ([]byte, error) { return keys.OpenTicket("sign-in", strings.Repeat("A", 1<<20)) },
	} {
		if _, err := open(); !errors.Is(err, seal.ErrUnopened) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The last letter has bits that say nothing, and what reads letters passes over line
// ends: the same ticket could be written in many ways.
func TestTicketIsWrittenInOneWayOnly(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	for _, plain := range []string{"", "a", "ab", "abc"} {
		ticket := keys.Ticket("sign-in", []byte(plain))
		others := []string{ticket + "\n", "\r" + ticket, ticket[:5] + "\n" + ticket[5:]}
		for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			if other := ticket[:len(ticket)-1] + string(last); other != ticket {
				others = append(others, other)
			}
		}
		for _, other := range others {
			if _, err := keys.OpenTicket("sign-in", other); !errors.Is(err, seal.ErrUnopened) {
				t.Errorf("%q opens as %q: %v", other, ticket, err)
			}
		}
	}
}

func TestSecretsAreLongAndNeverTheSame(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	if a, b := keys.Secret(), keys.Secret(); a == b || len(a) < 43 {
		t.Errorf("%q and %q", a, b)
	}
}
