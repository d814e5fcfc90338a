package seal

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// Ticket seals something small for whoever is to bring it back: a browser keeps
// it and cannot read or change it. It opens for the same kind only. Until when it
// is good, and how often, is for its content and its maker to say.
func (k *Keys) Ticket(kind string, plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(k.ticket.Seal(Place{Purpose: "ticket", Of: kind}, plain))
}

// maxTicket is more than any of ours has, and than a browser keeps.
const maxTicket = 4 << 10

// OpenTicket is what a ticket of a kind holds: ErrUnopened for anything else, and for
// every other spelling of the same bytes, so that a ticket can be known by its hash.
func (k *Keys) OpenTicket(kind, ticket string) ([]byte, error) {
	var sealed []byte
	err := ErrUnopened
	if len(ticket) <= maxTicket {
		sealed, err = base64.RawURLEncoding.DecodeString(ticket)
	}
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != ticket {
		return nil, fmt.Errorf("ticket: %w", ErrUnopened)
	}
	return k.ticket.Open(Place{Purpose: "ticket", Of: kind}, sealed)
}

// Secret is 256 random bits, as text for a cookie or an address.
func (k *Keys) Secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails; the runtime stops the process instead
	return base64.RawURLEncoding.EncodeToString(b)
}
