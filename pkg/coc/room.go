package coc

import "time"

// OrgFacts is one look at an organisation that may hold a separate repository.
// The zero value is "not looked at": nothing can be made there.
type OrgFacts struct {
	Login     string
	MayCreate bool    // the rooms App may make and administer repositories there; never on a personal account
	Owners    []Login // read every repository, whatever is done
	Members   []Login // the others who belong to it
	Base      string  // what a member may do in every repository: none, read, write, admin; "" is unknown, which counts as read
	Problem   error   // as in RoomFacts
	Seen      time.Time
}

// Belongs reports whether somebody is of the organisation, so that access is
// given to them at once and not by an invitation.
func (o OrgFacts) Belongs(who Login) bool {
	return HasLogin(o.Owners, who) || HasLogin(o.Members, who)
}

// Readers is everybody who can read a new repository before anybody is let in.
func (o OrgFacts) Readers() []Reader {
	var out []Reader
	for _, l := range o.Owners {
		out = append(out, Reader{Login: l, Admin: true})
	}
	if o.Base != "none" {
		for _, l := range o.Members {
			out = append(out, Reader{Login: l})
		}
	}
	return out
}
