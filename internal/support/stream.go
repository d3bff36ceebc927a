package support

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// StreamAuth is what an open stream keeps of the credentials it began with: only what it needs,
// because there may be tens of thousands.
type StreamAuth struct {
	AccountID      string
	ConversationID string
	SessionID      string
	// FromSeq is the position after which the stream's secret may read.
	FromSeq int64
	// What the stream may tell its visitor, as configured when it began.
	TypingIndicators bool
	ReadReceipts     bool

	verified      bool
	tokenID       string
	tokenDigest   string
	sessionDigest string
	credentialEnd int64
}

// NewStreamAuth returns what a stream of a checked session keeps. Kinds: Forbidden.
func NewStreamAuth(t TokenAuth, v SessionAuth) (StreamAuth, error) {
	return StreamAuth{
		AccountID: v.AccountID, ConversationID: v.ConversationID, SessionID: v.ID, FromSeq: v.FromSeq,
		TypingIndicators: v.Settings.Features.TypingIndicators, ReadReceipts: v.Settings.Features.ReadReceipts,
		verified: v.Verified, tokenID: t.ID, tokenDigest: t.digest, sessionDigest: v.Digest, credentialEnd: t.CredentialEnd,
	}, v.MustRead()
}

// StreamMessages reads what follows a position, as VisitorMessages does.
func (s *Service) StreamMessages(ctx context.Context, a StreamAuth, afterSeq int64) (MessagePage, error) {
	return s.page(ctx, a.AccountID, a.ConversationID, MessageRange{AfterSeq: max(afterSeq, a.FromSeq)}, false)
}

// StreamConversation reads the visitor's view of the stream's conversation.
func (s *Service) StreamConversation(ctx context.Context, a StreamAuth) (VisitorConversation, error) {
	return s.visitorConversation(ctx, a.AccountID, a.ConversationID, a.FromSeq)
}

// EndedStreams reports for each stream nil while its credentials hold, else the failure that a
// new request would get. It asks the tables once for each token and for many sessions at a time.
func (s *Service) EndedStreams(ctx context.Context, streams []StreamAuth) ([]error, error) {
	ended := make([]error, len(streams))
	tokens := map[string]string{}
	codes := map[string]bool{}
	now := s.millis()
	for i, a := range streams {
		if err := s.noteToken(ctx, tokens, a, now); err != nil {
			return nil, err
		}
		if now >= a.credentialEnd || tokens[a.tokenID] != a.tokenDigest {
			ended[i] = errToken
		}
		if _, known := codes[a.AccountID]; !known {
			settings, err := s.settingsOf(ctx, a.AccountID)
			if err != nil {
				return nil, err
			}
			codes[a.AccountID] = settings.OTPVerificationEnabled
		}
		if ended[i] == nil && codes[a.AccountID] && !a.verified {
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
			case ended[start+i] != nil || now == SessionActive:
			case now == "":
				ended[start+i] = errSession
			default:
				ended[start+i] = errSessionExpired
			}
		}
	}
	return ended, nil
}

// noteToken looks a token's current digest up, once; it is empty when the token is not usable.
func (s *Service) noteToken(ctx context.Context, digests map[string]string, a StreamAuth, now int64) error {
	if _, known := digests[a.tokenID]; known {
		return nil
	}
	t, err := usableToken(ctx, s.db.Read(), a.tokenID, now)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	digests[a.tokenID] = t.digest
	return nil
}

// streamBatch is how many sessions one query asks for.
const streamBatch = 100

// sessionStatuses returns the status of the sessions behind the streams' secrets; an unknown
// secret is absent.
func sessionStatuses(ctx context.Context, q db.Querier, batch []StreamAuth) (map[string]string, error) {
	args := make([]any, streamBatch)
	for i := range args {
		args[i] = batch[min(i, len(batch)-1)].sessionDigest // padded, so that one statement serves every size
	}
	rows, err := q.Query(ctx, `/* sessionStatuses */ SELECT st.digest, s.status
		FROM support_session_tokens st JOIN support_sessions s ON s._id = st.session_id
		WHERE st.digest IN (?`+strings.Repeat(", ?", streamBatch-1)+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("session status: %w", err)
	}
	status := map[string]string{}
	_, err = collect(rows, func(row db.Scanner) (none struct{}, err error) {
		var digest, now string
		err = row.Scan(&digest, &now)
		status[digest] = now
		return none, err
	})
	return status, err
}

// TouchStreams notes that the sessions of open streams are in use.
func (s *Service) TouchStreams(ctx context.Context, streams []StreamAuth) error {
	for batch := range slices.Chunk(streams, streamBatch) {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			for _, a := range batch {
				if err := touchSession(ctx, tx, a.AccountID, a.SessionID, s.millis()); err != nil {
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
