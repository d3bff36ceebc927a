package support

import (
	"context"
	"encoding/json"
	"strings"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

var errJoined = fault.New(fault.Forbidden, "joined_session",
	"This session was begun elsewhere; start a new one with the other address")

// SessionChange is the input of ChangeSession. Nil fields stay as they are, empty ones are
// cleared.
type SessionChange struct {
	Name  *string
	Email *string
	Phone *string
	// AuthAttr is a JSON object; nil leaves it, {} clears it.
	AuthAttr json.RawMessage
}

// ChangeSession changes what a visitor claims. Another address voids what was proven about the
// old one, and a code that is under way; the session is labelled with the contact that the new
// claims point to. Without any proof left it goes on in a conversation of its own: the one it
// leaves belongs to whoever proved to be its contact. Only the session's own secret may change an
// address; somebody who joined later could otherwise have the session verified as himself.
// Kinds: Invalid, Forbidden.
func (s *Service) ChangeSession(ctx context.Context, v SessionAuth, in SessionChange) (Session, error) {
	var out Session
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		current, err := sessionOf(ctx, tx, v.AccountID, v.ID)
		if err != nil {
			return err
		}
		before := current
		if err := in.apply(&current, v.Settings); err != nil {
			return err
		}
		current.LastActivity = s.millis()
		if current.Email != before.Email || current.Phone != before.Phone {
			if !v.Original {
				return errJoined
			}
			if err := s.relabel(ctx, tx, before, &current); err != nil {
				return err
			}
		}
		if in.AuthAttr != nil {
			if err := updateAuthAttr(ctx, tx, current.AccountID, current.ConversationID, current.AuthAttr); err != nil {
				return err
			}
		}
		s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: v.AccountID, ConversationID: current.ConversationID})
		if out = current; !v.Original {
			if out, err = s.renameJoined(ctx, tx, v, in, current); err != nil {
				return err
			}
		}
		return updateSessionSaid(ctx, tx, current)
	})
	return out, err
}

// renameJoined keeps the name of somebody who joined beside their secret, and returns the
// session as they may see it: what others said in it is not for them.
func (s *Service) renameJoined(ctx context.Context, tx *db.Tx, v SessionAuth, in SessionChange, current Session) (Session, error) {
	if in.Name == nil {
		current.Name = v.Name
		return current, nil
	}
	return current, renameSessionToken(ctx, tx, v.Digest, current.Name)
}

func (in SessionChange) apply(v *Session, settings Settings) error {
	bad := fault.Fields{}
	for _, claim := range []struct{ from, to *string }{{in.Name, &v.Name}, {in.Email, &v.Email}, {in.Phone, &v.Phone}} {
		if claim.from != nil {
			*claim.to = *claim.from
		}
	}
	v.normalise(bad)
	if in.AuthAttr != nil {
		v.AuthAttr = in.AuthAttr
	}
	v.require(settings, len(v.AuthAttr), bad)
	return bad.Err()
}

// require notes what the account asks of every visitor.
func (c Claims) require(settings Settings, authAttr int, bad fault.Fields) {
	if authAttr > maxAuthAttr {
		bad.Add("auth_attr", "auth_attr may have at most 4096 bytes")
	}
	if settings.RequiresEmail && c.Email == "" {
		bad.Add("email", "email is required")
	}
	if settings.RequiresPhone && c.Phone == "" {
		bad.Add("phone", "phone is required")
	}
}

// relabel draws the consequences of another address.
func (s *Service) relabel(ctx context.Context, tx *db.Tx, before Session, v *Session) error {
	if v.Email != before.Email && v.Email != v.ProvenEmail {
		v.ProvenEmail = ""
	}
	if v.Phone != before.Phone && v.Phone != v.ProvenPhone {
		v.ProvenPhone = ""
	}
	if v.Verified = v.any(); v.Verified {
		return updateSessionPerson(ctx, tx, *v)
	}
	conversation, err := conversationOf(ctx, tx, v.AccountID, v.ConversationID)
	if err != nil {
		return err
	}
	if v.ContactID, err = s.matchContact(ctx, tx, v.AccountID, v.Claims); err != nil {
		return err
	}
	if conversation.Verified {
		err = s.leaveConversation(ctx, tx, v, conversation.Site)
	} else {
		err = updateConversationContact(ctx, tx, v.AccountID, v.ConversationID, v.ContactID)
	}
	if err != nil {
		return err
	}
	if err := updateSessionPerson(ctx, tx, *v); err != nil {
		return err
	}
	return deleteIfAnonymous(ctx, tx, v.AccountID, before.ContactID)
}

// leaveConversation gives a session a new conversation; the caller stores the session. Streams
// of the one that it leaves end with the next check.
func (s *Service) leaveConversation(ctx context.Context, tx *db.Tx, v *Session, site string) error {
	v.ConversationID = s.newID()
	return insertConversation(ctx, tx, *v, site, s.millis())
}

// trimmed is an optional text without the space around it.
func trimmed(text *string) string {
	if text == nil {
		return ""
	}
	return strings.TrimSpace(*text)
}
