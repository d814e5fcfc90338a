package policy

import (
	"fmt"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Server is what is known of the server that is to read a file. The zero value knows
// nothing.
type Server struct {
	NoSignIn bool // nobody can sign in there
}

// CommitteeDoubts is what may stand in a committee's own file and would keep cases from
// it all the same, as far as the file and the server tell. It refuses nothing: the file
// is used as it is, and what comes of that is decided in route. nil for a file with
// problems.
func CommitteeDoubts(b []byte, on Server) Problems {
	file, problems := ParseCommittee(b)
	if len(problems) > 0 {
		return nil
	}
	r, _ := read(b, new(committeeFile))
	r.doubt("", file.Committee, on, "unless the committee directory does")
	return r.problems.inOrder()
}

// DirectoryDoubts is the same for the committee directory.
func DirectoryDoubts(b []byte, on Server) Problems {
	d, problems := ParseDirectory(b)
	if len(problems) > 0 {
		return nil
	}
	r, _ := read(b, new(directoryFile))
	for _, key := range d.Names() {
		c, _ := d.Committee(key)
		if c.Minimum = d.Minimum(c); !c.Incidents.IsZero() {
			r.doubt(child("committees", key), c, on, "unless the committee's own file does")
		}
	}
	return r.problems.inOrder()
}

// doubt looks at one committee. One that asks each of its members in private takes a
// case only where they can be asked, where nobody reads the repository before that, and
// where enough of them answer in time.
func (r *reader) doubt(path string, c coc.Committee, on Server, unless string) {
	at, asks := child(path, "separate"), c.Separate == coc.SeparateAlways
	if asks && on.NoSignIn {
		r.say(at, "`separate: always` asks each member on a page behind GitHub's sign-in, and nobody can sign in on this server:"+
			" the next committee would get every case. Set up signing in there, or take the line out", "")
	}
	if asks && len(c.Custodians) == 0 {
		r.say(at, "`separate: always` without `custodians`: the owners of an organisation can read every repository in it, so they would not be asked first,"+
			" and the next committee gets every case. List all owners, also those who are on the committee, "+unless, "")
	}
	seats, able := 0, 0 // alternates step in, a liaison never does
	for _, m := range c.Members {
		if m.Decides() {
			seats++
		}
		if m.Role != coc.MemberLiaison {
			able++
		}
	}
	least := c.Minimum.Of(seats)
	needed := max(least.Clear, least.WithoutHardConflict)
	switch {
	case seats == 0: // a team's size is not known here
	case needed > seats:
		r.say(child(path, "minimum"), fmt.Sprintf("this committee needs %d, and has %d who decide: an alternate steps in for one of them and does not add to them,"+
			" so the next committee gets every case. Add members, or ask for fewer", needed, seats), "")
	case asks && needed == able:
		r.say(at, fmt.Sprintf("`separate: always` counts only those who have said in time that they are clear, and %s:"+
			" whenever somebody is away or named in a report, the next committee gets the case. Add members or alternates", allOf(able)), "")
	}
}

// allOf is that a committee cannot do without any of its members.
func allOf(able int) string {
	if able == 1 {
		return "there is only one who could"
	}
	return fmt.Sprintf("all %d who could are needed", able)
}
