package hook

import "slices"

// pushed is what a push tells about the files it touched.
type pushed struct {
	commits []pushedCommit
	forced  bool
}

type pushedCommit struct {
	Added    []string `json:"added"`
	Modified []string `json:"modified"`
	Removed  []string `json:"removed"`
}

// truncated reports whether the push may have touched files that it does not
// list: it is forced (what it took away is listed nowhere), it lists no commit
// or suspiciously many, or a commit lists no file, which GitHub also does when
// a commit is too large to be listed in time.
func (p pushed) truncated() bool {
	return p.forced || len(p.commits) == 0 || len(p.commits) >= commitsListed ||
		slices.ContainsFunc(p.commits, func(c pushedCommit) bool {
			return len(c.Added)+len(c.Modified)+len(c.Removed) == 0
		})
}

// paths lists every file once.
func (p pushed) paths() []string {
	var all []string
	for _, c := range p.commits {
		all = append(all, c.Added...)
		all = append(all, c.Modified...)
		all = append(all, c.Removed...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
