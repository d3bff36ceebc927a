package support

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unique"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// StreamAuth is what an open stream keeps of the credentials it began with: as little as it can,
// because there may be tens of thousands.
type StreamAuth struct {
	ConversationID string
	SessionID      string
	// FromSeq is the position after which the stream's secret may read.
	FromSeq int64
	// What the stream may tell its visitor, as configured when it began.
	TypingIndicators bool
	ReadReceipts     bool

	verified      bool
	sessionDigest [sha256.Size]byte
	token         unique.Handle[streamToken]
}

// streamToken is what all streams of one token share.
type streamToken struct {
	accountID     string
	tokenID       string
	siteID        string
	digest        string
	credentialEnd int64
}

// NewStreamAuth returns what a stream of a checked session keeps. Kinds: Forbidden.
func (s *Service) NewStreamAuth(ctx context.Context, t TokenAuth, v SessionAuth) (StreamAuth, error) {
	a := StreamAuth{
		ConversationID: v.ConversationID, SessionID: v.ID, FromSeq: v.FromSeq,
		TypingIndicators: v.Settings.Features.TypingIndicators, ReadReceipts: v.Settings.Features.ReadReceipts,
		verified: v.Verified, token: unique.Make(streamToken{t.AccountID, t.ID, t.sessionsID(), t.digest, t.CredentialEnd}),
	}
	if _, err := hex.Decode(a.sessionDigest[:], []byte(v.Digest)); err != nil {
		return a, fmt.Errorf("session digest: %w", err)
	}
	return a, s.mustBeHeard(ctx, v)
}

// AccountID is the account that the stream belongs to.
func (a *StreamAuth) AccountID() string { return a.token.Value().accountID }

// StreamMessages reads what follows a position, as VisitorMessages does.
func (s *Service) StreamMessages(ctx context.Context, a *StreamAuth, afterSeq int64) (MessagePage, error) {
	return s.page(ctx, a.AccountID(), a.ConversationID, MessageRange{AfterSeq: max(afterSeq, a.FromSeq)}, false)
}

// StreamConversation reads the visitor's view of the stream's conversation.
func (s *Service) StreamConversation(ctx context.Context, a *StreamAuth) (VisitorConversation, error) {
	out, err := s.visitorConversation(ctx, a.AccountID(), a.ConversationID, a.FromSeq)
	out.VerificationAsked = out.VerificationAsked && !a.verified
	return out, err
}

// StreamAvailability is Availability by the business hours of the stream's site.
func (s *Service) StreamAvailability(ctx context.Context, a *StreamAuth) (Availability, error) {
	site := a.token.Value()
	settings, err := s.settingsOfSite(ctx, site.accountID, site.siteID)
	if err != nil {
		return Availability{}, err
	}
	return s.availability(ctx, site.accountID, settings)
}

// EndedStreams reports, by index, the streams whose credentials no longer hold, each with the
// failure that a new request would get. It asks the tables once for each token and for many
// sessions at a time.
func (s *Service) EndedStreams(ctx context.Context, streams []*StreamAuth) (map[int]error, error) {
	ended := map[int]error{}
	tokens := map[unique.Handle[streamToken]]tokenState{}
	for i, a := range streams {
		state, known := tokens[a.token]
		if !known {
			var err error
			if state, err = s.tokenState(ctx, a.token.Value()); err != nil {
				return nil, err
			}
			tokens[a.token] = state
		}
		if state.failure != nil {
			ended[i] = state.failure
		} else if state.codes && !a.verified {
			ended[i] = errUnverified
		}
	}
	for start := 0; start < len(streams); start += streamBatch {
		batch := streams[start:min(start+streamBatch, len(streams))]
		status, err := sessionStatuses(ctx, s.db.Read(), batch)
		if err != nil {
			return nil, err
		}
		for i, a := range batch {
			switch now := status[a.sessionDigest]; {
			case ended[start+i] != nil:
			case now.status == SessionActive && now.conversationID == a.ConversationID:
				blocked := s.mustNotBeBlocked(ctx, a.AccountID(), now.contactID, now.deviceID, addressOf(now.ip))
				if blocked != nil && !fault.Is(blocked, fault.Forbidden) {
					return nil, blocked
				}
				if blocked != nil {
					ended[start+i] = blocked
				}
			case now.status == "" || now.status == SessionActive:
				// Its secret is gone, or it has moved on to another conversation.
				ended[start+i] = errSession
			default:
				ended[start+i] = errSessionExpired
			}
		}
	}
	return ended, nil
}

// tokenState is what holds for all streams of one token.
type tokenState struct {
	failure error
	// codes says that its site wants sessions to be verified.
	codes bool
}

func (s *Service) tokenState(ctx context.Context, t streamToken) (tokenState, error) {
	now := s.millis()
	current, err := s.usableToken(ctx, t.tokenID, now)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return tokenState{}, err
	}
	if err != nil || now >= t.credentialEnd || current.digest != t.digest {
		return tokenState{failure: errToken}, nil
	}
	settings, err := s.TokenSettings(ctx, current)
	return tokenState{codes: settings.OTPVerificationEnabled}, err
}

// streamBatch is how many sessions one query asks for.
const streamBatch = 100

// sessionNow is where a session stands.
type sessionNow struct{ status, conversationID, contactID, deviceID, ip string }

// sessionStatuses tells where the sessions behind the streams' secrets stand; an unknown secret is
// absent.
func sessionStatuses(ctx context.Context, q db.Querier, batch []*StreamAuth) (map[[sha256.Size]byte]sessionNow, error) {
	args := make([]any, streamBatch)
	for i := range args {
		// Padded, so that one statement serves every size.
		args[i] = hex.EncodeToString(batch[min(i, len(batch)-1)].sessionDigest[:])
	}
	rows, err := q.Query(ctx, `/* sessionStatuses */ SELECT st.digest, s.status, s.conversation_id, s.contact_id, s.device_id, s.ip
		FROM support_session_tokens st JOIN support_sessions s ON s._id = st.session_id
		WHERE st.digest IN (?`+strings.Repeat(", ?", streamBatch-1)+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("session status: %w", err)
	}
	status := make(map[[sha256.Size]byte]sessionNow, len(batch))
	_, err = collect(rows, func(row db.Scanner) (none struct{}, err error) {
		var text string
		var now sessionNow
		if err = row.Scan(&text, &now.status, &now.conversationID, &now.contactID, &now.deviceID, &now.ip); err != nil {
			return none, err
		}
		var digest [sha256.Size]byte
		_, err = hex.Decode(digest[:], []byte(text))
		status[digest] = now
		return none, err
	})
	return status, err
}

// TouchStreams notes that the sessions of open streams are in use.
func (s *Service) TouchStreams(ctx context.Context, streams []*StreamAuth) error {
	for batch := range slices.Chunk(streams, streamBatch) {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			for _, a := range batch {
				if err := touchSession(ctx, tx, a.AccountID(), a.SessionID, s.millis()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
