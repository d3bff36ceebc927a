package support

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// Bounds of canned replies.
const (
	maxCanned      = 1000
	maxCannedTitle = 60
	// cannedFound is how many a search lists, so that typing a shortcut stays quick.
	cannedFound = 20
)

// CannedVariables are what a canned reply's text may name as {{…}}.
var CannedVariables = []string{"contact.name", "agent.name", "site"}

var (
	shortcutForm   = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)
	variableForm   = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)
	errShortcut    = fault.New(fault.Conflict, "shortcut_taken", "This shortcut is already taken")
	errCannedStale = fault.New(fault.Conflict, "canned_reply_changed", "Somebody has changed this reply meanwhile")
	errSharedAdmin = fault.New(fault.Forbidden, "shared_admin_only", "Only admins may change what the team shares")
)

// CannedReply is a text kept for answering, called by /shortcut.
type CannedReply struct {
	ID string
	// Shared ones are the whole team's; others are their owner's alone.
	Shared   bool
	Title    string
	Shortcut string
	Text     string
	// Filled is the text with its variables replaced, when a conversation was named.
	Filled    string
	CreatedAt int64
	UpdatedAt int64

	userID string
}

// CannedChange is the input of CreateCannedReply and ChangeCannedReply; nil fields stay as they are.
type CannedChange struct {
	Title    *string
	Shortcut *string
	Text     *string
	Shared   *bool
	// UpdatedAt is the version that the change is based on; 0 means any.
	UpdatedAt int64
}

func (r *CannedReply) validate() error {
	bad := fault.Fields{}
	var err error
	if r.Title, err = validName(r.Title, maxCannedTitle); err != nil {
		bad.Add("title", "title must be one line of 1 to 60 characters")
	}
	r.Shortcut = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(r.Shortcut), "/"))
	if !shortcutForm.MatchString(r.Shortcut) {
		bad.Add("shortcut", "shortcut must be 1 to 40 characters of a-z 0-9 _ -")
	}
	r.Text = strings.TrimSpace(r.Text)
	if n := utf8.RuneCountInString(r.Text); n < 1 || n > MaxText || strings.ContainsRune(r.Text, 0) {
		bad.Add("text", "text must have 1 to 10000 characters")
	}
	for _, found := range variableForm.FindAllStringSubmatch(r.Text, -1) {
		if !slices.Contains(CannedVariables, found[1]) {
			bad.Add("text", "text may name {{contact.name}}, {{agent.name}} and {{site}}")
		}
	}
	return bad.Err()
}

// fill replaces the variables of a text; what is not known becomes nothing.
func fill(text string, a Actor, c Conversation) string {
	name := c.Contact.Name
	if name == "" && !strings.Contains(c.ClaimedName, "@") {
		name = c.ClaimedName
	}
	values := map[string]string{"contact.name": name, "agent.name": a.Name, "site": c.Site}
	return variableForm.ReplaceAllStringFunc(text, func(found string) string { return values[variableForm.FindStringSubmatch(found)[1]] })
}

// PreviewCanned fills a text in as if the actor answered Ada on site.
func PreviewCanned(a Actor, text, site string) string {
	return fill(text, a, Conversation{ClaimedName: "Ada", Site: site})
}

// CannedReply returns one that the actor may use: their own, or a shared one. Kinds: NotFound.
func (s *Service) CannedReply(ctx context.Context, a Actor, cannedID string) (CannedReply, error) {
	return cannedOf(ctx, s.db.Read(), a, cannedID)
}

// CannedReplies lists the actor's own and the shared canned replies by shortcut. With a prefix, only
// those whose shortcut begins with it, at most 20, an own one instead of a shared one of the same
// shortcut. With a conversation they are filled in for it. Kinds: NotFound.
func (s *Service) CannedReplies(ctx context.Context, a Actor, prefix, convID string) ([]CannedReply, error) {
	list, err := listCanned(ctx, s.db.Read(), a)
	if err != nil {
		return nil, err
	}
	if prefix = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(prefix), "/")); prefix != "" {
		own := map[string]bool{}
		for _, r := range list {
			own[r.Shortcut] = own[r.Shortcut] || !r.Shared
		}
		list = slices.DeleteFunc(list, func(r CannedReply) bool {
			return !strings.HasPrefix(r.Shortcut, prefix) || (r.Shared && own[r.Shortcut])
		})
		list = list[:min(len(list), cannedFound)]
	}
	if convID == "" {
		return list, nil
	}
	c, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Filled = fill(list[i].Text, a, c)
	}
	return list, nil
}

// CreateCannedReply keeps a text for answering. Shared ones are the admins' to make.
// Kinds: Invalid, Forbidden, Conflict (shortcut).
func (s *Service) CreateCannedReply(ctx context.Context, a Actor, in CannedChange) (CannedReply, error) {
	return s.saveCanned(ctx, a, "", in)
}

// ChangeCannedReply changes one of the actor's own, or a shared one. Kinds: Invalid, Forbidden,
// NotFound, Conflict (shortcut, or no longer the version that the change is based on, unless it is stored as it is to be).
func (s *Service) ChangeCannedReply(ctx context.Context, a Actor, cannedID string, in CannedChange) (CannedReply, error) {
	return s.saveCanned(ctx, a, cannedID, in)
}

func (s *Service) saveCanned(ctx context.Context, a Actor, cannedID string, in CannedChange) (CannedReply, error) {
	var r CannedReply
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		r = CannedReply{ID: s.newID(), CreatedAt: s.millis(), userID: a.UserID}
		if cannedID != "" {
			var err error
			if r, err = s.changeableCanned(ctx, tx, a, cannedID); err != nil {
				return err
			}
		} else if n, err := countCanned(ctx, tx, a.AccountID); err != nil || n >= maxCanned {
			return orElse(err, fault.Field("title", "an account may have at most 1000 canned replies"))
		}
		was := r
		set(&r.Title, in.Title)
		set(&r.Shortcut, in.Shortcut)
		set(&r.Text, in.Text)
		set(&r.Shared, in.Shared)
		if r.Shared && !a.Admin {
			return errSharedAdmin
		}
		if r.userID = a.UserID; r.Shared {
			r.userID = ""
		}
		if err := r.validate(); err != nil {
			return err
		}
		if taken, err := shortcutTaken(ctx, tx, a.AccountID, r); err != nil || taken {
			return orElse(err, errShortcut)
		}
		if in.UpdatedAt != 0 && in.UpdatedAt != was.UpdatedAt {
			return unlessSame(r == was, errCannedStale)
		}
		// Later than before also within one millisecond: it tells versions apart.
		r.UpdatedAt = max(s.millis(), r.UpdatedAt+1)
		return upsertCanned(ctx, tx, a.AccountID, r)
	})
	return r, err
}

// unlessSame is the refusal of a change that is based on an older version. One that is stored already, as by the
// first of two clicks, is refused to nobody.
func unlessSame(same bool, stale error) error {
	if same {
		return nil
	}
	return stale
}

// set replaces a value by one that was given.
func set[T any](to, given *T) {
	if given != nil {
		*to = *given
	}
}

// changeableCanned finds a canned reply that the actor may change; others' own do not exist for them.
func (s *Service) changeableCanned(ctx context.Context, tx *db.Tx, a Actor, cannedID string) (CannedReply, error) {
	r, err := cannedOf(ctx, tx, a, cannedID)
	if err == nil && r.Shared && !a.Admin {
		err = errSharedAdmin
	}
	return r, err
}

// DeleteCannedReply deletes one of the actor's own, or a shared one. Kinds: Forbidden, NotFound.
func (s *Service) DeleteCannedReply(ctx context.Context, a Actor, cannedID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := s.changeableCanned(ctx, tx, a, cannedID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `/* deleteCanned */ DELETE FROM canned_replies WHERE _id = ? AND account_id = ?`, cannedID, a.AccountID)
		return err
	})
}
