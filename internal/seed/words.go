package main

import (
	"math/rand/v2"
	"strings"
)

// frequentWords are the words that people write to support most, the most frequent first.
var frequentWords = strings.Fields(`
	order please hello delivery account payment refund shipping address the your have with about when what this would
	could there thanks invoice password email number tracking product return size colour exchange discount voucher website
	error page button login checkout card bank transfer date week today tomorrow yesterday morning evening already still again
	help problem question answer reply support team service customer item package parcel warehouse stock available price
	total amount charge charged twice wrong missing broken damaged late early cancel cancelled change changed update updated
	confirm confirmation receipt receive received send sent ship shipped arrive arrived collect pick point store shop near
	open closed hours phone call message chat write written read find found look looking search need needed want wanted like
	possible impossible because before after until since between different same other another first second last next previous
	kind regards best dear good great nice sorry apologise understand explain example image picture screen mobile laptop browser
	version install setting subscription monthly yearly plan upgrade downgrade trial seat user name company country city street`)

// rareWords is how many different words there are in all.
const rareWords = 30_000

// vocabulary makes texts in which few words are everywhere and most are rare, as in any language.
type vocabulary struct {
	words []string
	zipf  *rand.Zipf
	r     *rand.Rand
}

var syllables = strings.Fields(`ba be bi bo da de di do fa fe ga go ka ke ki ko la le li lo ma me mi mo na ne ni no
	pa pe pi po ra re ri ro sa se si so ta te ti to va ve vi vo za zo`)

func newVocabulary(r *rand.Rand) *vocabulary {
	v := &vocabulary{words: append([]string{}, frequentWords...), r: r}
	known := map[string]bool{}
	for len(v.words) < rareWords {
		var word strings.Builder
		for range 2 + r.IntN(3) {
			word.WriteString(syllables[r.IntN(len(syllables))])
		}
		if !known[word.String()] {
			known[word.String()] = true
			v.words = append(v.words, word.String())
		}
	}
	// Chosen so that the first word is in about 40 % of the texts below.
	v.zipf = rand.NewZipf(r, 1.07, 6, uint64(len(v.words)-1))
	return v
}

func (v *vocabulary) word() string { return v.words[v.zipf.Uint64()] }

// text has 40 to 240 bytes.
func (v *vocabulary) text(buf []byte) []byte {
	want := 40 + v.r.IntN(180)
	for len(buf) < want {
		if len(buf) > 0 {
			buf = append(buf, ' ')
		}
		buf = append(buf, v.word()...)
	}
	return append(buf, ".?!"[v.r.IntN(3)])
}
