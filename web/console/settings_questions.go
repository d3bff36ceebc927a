package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

// editQuestions shows the form again, with a question more, less or elsewhere; nothing is saved.
func (h *Handler) editQuestions(c httpio.Ctx) error {
	e, values, p, err := h.unsaved(c)
	if err != nil {
		return err
	}
	edited, ok := edit(p.Questions, values.Get("edit"))
	if !ok {
		return fault.New(fault.Invalid, "invalid_input", "Please choose again what to do with the questions")
	}
	return h.renderWidget(c, http.StatusOK, e, withQuestions(p, edited))
}

// edit does what a button of the questions says: "add", "remove 2", "up 2" or "down 2".
func edit(questions []settings.Question, order string) ([]settings.Question, bool) {
	verb, number, _ := strings.Cut(order, " ")
	if verb == "add" {
		return append(questions, settings.Question{Kind: "text"}), len(questions) < support.MaxPreChat
	}
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(questions) {
		return nil, false
	}
	switch {
	case verb == "remove":
		return slices.Delete(questions, i, i+1), true
	case verb == "up" && i > 0:
		questions[i-1], questions[i] = questions[i], questions[i-1]
	case verb == "down" && i < len(questions)-1:
		questions[i+1], questions[i] = questions[i], questions[i+1]
	default:
		return nil, false
	}
	return questions, true
}

// readQuestions reads the questions as they were typed, at most one more than there may be.
func readQuestions(v url.Values) (out []settings.Question) {
	for i := 0; i <= support.MaxPreChat && v.Has(settings.QuestionField(i, "kind")); i++ {
		get := func(part string) string { return v.Get(settings.QuestionField(i, part)) }
		out = append(out, settings.Question{
			Kind: get("kind"), Label: get("label"), Key: get("key"), Required: get("required") != "", Options: get("options"),
		})
	}
	return out
}

// claimKinds are the kinds that name the key of a claim.
var claimKinds = []string{"name", "email", "phone"}

func questionsOf(fields []support.PreChatField) (out []settings.Question) {
	for _, f := range fields {
		q := settings.Question{Kind: f.Type, Label: f.Label, Key: f.Key, Required: f.Required, Options: strings.Join(f.Options, "\n")}
		switch {
		case slices.Contains(claimKinds, f.Key):
			q.Kind, q.Key = f.Key, ""
		case f.Type == "email":
			q.Kind = settings.KindOtherEmail
		case f.Type == "phone":
			q.Kind = settings.KindOtherPhone
		}
		out = append(out, q)
	}
	return out
}

// fieldsOf makes the fields to store. Choices that a question of another kind still carries from
// before its kind was changed are dropped, and a key that was left empty is made from the question.
func fieldsOf(questions []settings.Question) (out []support.PreChatField) {
	taken := slices.Clone(claimKinds)
	for _, q := range questions {
		taken = append(taken, q.Key)
	}
	for _, q := range questions {
		f := support.PreChatField{Key: q.Key, Label: q.Label, Type: q.Kind, Required: q.Required}
		switch q.Kind {
		case "name":
			f.Key, f.Type = q.Kind, "text"
		case "email", "phone":
			f.Key = q.Kind
		case settings.KindOtherEmail:
			f.Type = "email"
		case settings.KindOtherPhone:
			f.Type = "phone"
		case "select":
			f.Options = lines(q.Options)
		}
		if strings.TrimSpace(f.Key) == "" {
			f.Key = keyOf(q.Label, taken)
			taken = append(taken, f.Key)
		}
		out = append(out, f)
	}
	return out
}

// maxKey leaves room for the number of a second question with the same words.
const maxKey = 36

// keyOf makes the name of an answer from its question: "Order number?" is kept as order_number. It
// is empty when the question has no letter from a to z to begin with.
func keyOf(label string, taken []string) string {
	words := strings.FieldsFunc(strings.ToLower(label), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	key := strings.Trim(strings.TrimLeft(strings.Join(words, "_"), "_0123456789"), "_")
	key = strings.TrimRight(key[:min(len(key), maxKey)], "_")
	if key == "" {
		return ""
	}
	free := key
	for n := 2; slices.Contains(taken, free); n++ {
		free = key + "_" + strconv.Itoa(n)
	}
	return free
}
