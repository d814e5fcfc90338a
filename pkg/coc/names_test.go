package coc

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzNames reads names as files, forms and comments have them. Whatever passes
// is put into paths, queries and markers of ours.
func FuzzNames(f *testing.F) {
	for _, s := range []string{
		"kim-example", " @kim_example\n", "kim-", "-kim", "kim--example", "app[bot]", "[bot]", "@@kim", "k\u0131m", "\u212Aim", "kim\x00", "kim\n",
		"a/b", "a/..", "a/.", "a/.github", "a/*", "*/b", "a/b*", "a/b/c", "a//b", "/", "a/", "/b", "A/B.git", "a/\u202Eb", "a/b\n", "a/b ", "a/%2e%2e",
		strings.Repeat("a", 100) + "/" + strings.Repeat("b", 100), strings.Repeat("a", 101),
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if l, err := ParseLogin(a); err == nil {
			plain(t, string(l), "[]")
			if again, err := ParseLogin("@" + string(l)); err != nil || again != l {
				t.Errorf("%q read again is %q, %v", l, again, err)
			}
			other, err := ParseLogin(b)
			if same := err == nil && strings.EqualFold(string(l), string(other)); l.Is(other) != same || other.Is(l) != same {
				t.Errorf("%q is %q: %v, the other way round %v", l, other, l.Is(other), other.Is(l))
			}
		} else if l != "" {
			t.Errorf("%q beside an error", l)
		}

		r, err := ParseRepo(a)
		if err != nil && !r.IsZero() {
			t.Errorf("%v beside an error", r)
		}
		if err == nil {
			plain(t, r.Owner+r.Name, "")
			path := (&url.URL{Path: "/" + r.String()}).JoinPath("x").Path
			if again, err := ParseRepo(r.String()); err != nil || again != r || r.String() != a || path != "/"+a+"/x" {
				t.Errorf("%q became %+v, and as a path %q", a, r, path)
			}
		}

		p, err := ParsePattern(b)
		switch {
		case err != nil && (p != "" || p.Matches(r)):
			t.Errorf("%q beside an error", p)
		case err == nil && p.Matches(r):
			owner, name, _ := strings.Cut(string(p), "/")
			if !strings.EqualFold(owner, r.Owner) || name != "*" && !strings.EqualFold(name, r.Name) {
				t.Errorf("%q matches %v", p, r)
			}
		case err == nil && p.Exact():
			if one, err := ParseRepo(b); err != nil || !p.Matches(one) {
				t.Errorf("%q does not match itself", p)
			}
		}
	})
}

// plain fails for what GitHub has in no name.
func plain(t *testing.T, name, more string) {
	t.Helper()
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_."+more, r) {
			t.Errorf("%q has %q in it", name, r)
		}
	}
}
