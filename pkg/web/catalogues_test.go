package web

import (
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// likeEnglish are entries that a language has in common with English, and why.
var likeEnglish = map[string]string{
	"de instead.at": "a colon", "es instead.at": "a colon", "pt instead.at": "a colon", "ar instead.at": "a colon",
	"de wrote.at": "a comma", "es wrote.at": "a comma", "fr wrote.at": "a comma", "pt wrote.at": "a comma",
	"es identity.no": "the same word", "de case.links": "the same word", "pt case.links": "the same word",
}

func TestEveryLanguageSaysEverythingAndInItsOwnWords(t *testing.T) {
	t.Parallel()
	if got := tags(catalogues); len(got) != 8 || got[0] != language.English {
		t.Fatalf("the languages are %v", got)
	}
	alike := maps.Clone(likeEnglish)
	for _, c := range catalogues[1:] {
		for key, said := range fallback.Words {
			in, ok := c.Words[key]
			switch {
			case !ok:
				t.Errorf("%s: %q is missing", c.Language, key)
				continue
			case in["other"] != said["other"]:
			case likeEnglish[c.Language.String()+" "+key] == "":
				t.Errorf("%s: %q is as in English", c.Language, key)
			default:
				delete(alike, c.Language.String()+" "+key)
			}
			if got, want := values(in["other"]), values(said["other"]); got != want {
				t.Errorf("%s: %q takes %d values, in English %d", c.Language, key, got, want)
			}
		}
		for key := range c.Words {
			if _, ok := fallback.Words[key]; !ok {
				t.Errorf("%s: %q is not in English", c.Language, key)
			}
		}
	}
	for entry, why := range alike {
		t.Errorf("%s is no longer as in English (%s): take it off the list", entry, why)
	}
}

// What is counted has the forms that its language has, and no others. Where a form
// stands for one number it need not name that.
func TestCountedWordsHaveTheFormsOfTheirLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range catalogues {
		needed := map[string]bool{"other": true}
		for n := range 200 {
			needed[forms[plural.Cardinal.MatchPlural(c.Language, n, 0, 0, 0, 0)]] = true
		}
		for key, m := range c.Words {
			for form, text := range m {
				if n := values(text); !needed[form] || strings.TrimSpace(text) == "" || n < 0 || n > values(m["other"]) {
					t.Errorf("%s: %q: %s: %q", c.Language, key, form, text)
				}
			}
			if m["other"] == "" {
				t.Errorf("%s: %q has no words", c.Language, key)
			}
			for form := range needed {
				if _, ok := m[form]; strings.HasPrefix(key, "span.") && !ok && form != "other" {
					t.Errorf("%s: %q lacks %s", c.Language, key, form)
				}
			}
		}
	}
}

func TestNothingInACatalogueIsMarkupOrStraightQuotes(t *testing.T) {
	t.Parallel()
	for _, c := range catalogues {
		for key, m := range c.Words {
			for _, text := range m {
				if strings.ContainsAny(text, `<>"'&`) || strings.Contains(text, "  ") {
					t.Errorf("%s: %q: %s", c.Language, key, text)
				}
			}
		}
	}
}

// Where a sentence names a field or a choice, it does so in the words that stand there.
func TestWhatIsNamedIsNamedAsItStandsThere(t *testing.T) {
	t.Parallel()
	for in, named := range map[string]string{
		"readers.not": "role.unset", "error.field": "account.label", "error.links": "account.label", "error.keepout": "account.label",
		"readers.place": "now.title", "error.repo": "asked.unsure", "exit.title": "exit.now", "exit.does": "exit.now",
	} {
		for _, c := range catalogues {
			if what := c.Words[named]["other"]; !strings.Contains(c.Words[in]["other"], strings.TrimRight(what, "?？؟")) {
				t.Errorf("%s: %q does not name %q", c.Language, in, what)
			}
		}
	}
}

// In French a sign of two parts stands behind a space that no line ends at.
func TestFrenchSignsStayWithTheirWords(t *testing.T) {
	t.Parallel()
	loose := regexp.MustCompile(`[ \pL%v][:;?!»](?:\s|$)|« `)
	for _, c := range catalogues {
		if c.Language != language.French {
			continue
		}
		for key, m := range c.Words {
			for _, text := range m {
				if at := loose.FindString(text); at != "" {
					t.Errorf("%q has %q", key, at)
				}
			}
		}
		return
	}
	t.Error("there is no French")
}

func TestOnlyEnglishIsSaidToBeReviewed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, c := range catalogues {
		a := w.get("/report?lang=" + c.Language.String())
		notice, _ := words{catalogue: c}.Say("lang.unreviewed")
		said := strings.Contains(a.body, notice) && strings.Contains(a.body, `<a href="?lang=en" hreflang="en">`)
		if c.Reviewed != (c == fallback) || said == c.Reviewed {
			t.Errorf("%s: reviewed %t, and the page says so: %t", c.Language, c.Reviewed, said)
		}
	}
}

func TestDatesAndLengthsOfTimeAreThoseOfTheLanguage(t *testing.T) {
	t.Parallel()
	first := time.Date(2025, 3, 1, 23, 0, 0, 0, time.FixedZone("", -2*3600)) // 2 March in UTC, a Sunday
	for lang, want := range map[string]string{
		"en":      "Sunday 2 March 2025|1 day|3 business days|12 months",
		"de":      "Sonntag, 2. März 2025|1 Tag|3 Arbeitstage|12 Monate",
		"es":      "domingo 2 de marzo de 2025|1 día|3 días laborables|12 meses",
		"fr":      "dimanche 2 mars 2025|1 jour|3 jours ouvrés|12 mois",
		"ja":      "2025年3月2日 日曜日|1 日|3 営業日|12 か月",
		"pt":      "2 de março de 2025 (domingo)|1 dia|3 dias úteis|12 meses",
		"zh-Hans": "2025年3月2日星期日|1 天|3 个工作日|12 个月",
		"ar":      "يوم الأحد 2 مارس 2025|يوم واحد|3 أيام عمل|12 شهرًا",
	} {
		w := speak(httptest.NewRequest("GET", "/?lang="+lang, nil))
		parts := []string{w.Day(first)}
		for _, s := range []coc.Span{{N: 1, Unit: coc.Days}, {N: 3, Unit: coc.BusinessDays}, {N: 12, Unit: coc.Months}} {
			said, err := w.Span(s)
			if err != nil {
				t.Error(err)
			}
			parts = append(parts, said)
		}
		if got := strings.Join(parts, "|"); got != want {
			t.Errorf("%s: %s", lang, got)
		}
	}
	french := speak(httptest.NewRequest("GET", "/?lang=fr", nil))
	if got := french.Day(time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC)); got != "jeudi 1er mai 2025" {
		t.Errorf("the first of May is %s", got)
	}
	for _, c := range catalogues {
		seen := slices.Concat(c.Dates.Weekdays[:], c.Dates.Months[:])
		if slices.Sort(seen); len(slices.Compact(seen)) != 19 || slices.Contains(seen, "") {
			t.Errorf("%s: the days and months are %v", c.Language, seen)
		}
		for _, pattern := range []string{c.Dates.Day, c.Dates.Short} {
			for _, part := range []string{"{day}", "{month}", "{year}"} {
				if strings.Count(pattern, part) != 1 {
					t.Errorf("%s: %q lacks %s", c.Language, pattern, part)
				}
			}
		}
	}
}
