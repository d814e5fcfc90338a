package web

import "strings"

// spelling is the spelling alphabet of the radio (ICAO), which is the same in every
// language.
var spelling = map[rune]string{
	'A': "Alfa", 'B': "Bravo", 'C': "Charlie", 'D': "Delta", 'E': "Echo", 'F': "Foxtrot", 'G': "Golf", 'H': "Hotel",
	'J': "Juliett", 'K': "Kilo", 'M': "Mike", 'N': "November", 'P': "Papa", 'Q': "Quebec", 'R': "Romeo", 'S': "Sierra",
	'T': "Tango", 'V': "Victor", 'W': "Whiskey", 'X': "X-ray", 'Y': "Yankee", 'Z': "Zulu",
}

// spelled is a receipt as it is read out over a telephone, a line for each group.
func spelled(receipt string) []string {
	var out []string
	for _, group := range groups(receipt) {
		var words []string
		for _, r := range group {
			word, ok := spelling[r]
			if !ok {
				word = string(r)
			}
			words = append(words, word)
		}
		out = append(out, strings.Join(words, ", "))
	}
	return out
}
