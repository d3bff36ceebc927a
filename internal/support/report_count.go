package support

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"deskbell/internal/db"
)

// countEvery is how often what happened is added to the sums of reports while nobody asks for one.
const countEvery = 5 * time.Second

// How many messages and changes one write adds; other writes wait for it, some 10 ms.
const (
	messagesAtOnce = 4000
	changesAtOnce  = 1000
)

// countPause is how long counting rests after a failure, as on a full disk.
const countPause = time.Minute

// countPatience is how long a report waits for what is not counted yet.
const countPatience = 100 * time.Millisecond

// KeepCounted adds what happens to the sums of reports, until ctx ends.
func (s *Service) KeepCounted(ctx context.Context) error {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	var rest time.Time
	for {
		if now := time.Now(); now.After(rest) && !s.db.Damaged() {
			if err := s.CountReports(ctx, now.Add(time.Hour)); err != nil && ctx.Err() == nil {
				s.log.Warn("reports are behind", "error", err)
				rest = time.Now().Add(countPause)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// CountReports adds what happened to the sums until nothing is left or the time is over.
func (s *Service) CountReports(ctx context.Context, deadline time.Time) error {
	for time.Now().Before(deadline) {
		messages, changes, err := uncounted(ctx, s.db.Read())
		if err != nil || messages+changes == 0 {
			return err
		}
		if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.countSome(ctx, tx) }); err != nil {
			return err
		}
	}
	return nil
}

// countForReport counts what there is, as long as that is quick, and returns how much is left. When that can't be
// stored now, the report goes without it.
func (s *Service) countForReport(ctx context.Context) (behind int64) {
	err := s.CountReports(ctx, time.Now().Add(countPatience))
	messages, changes, lookErr := uncounted(ctx, s.db.Read())
	if err := orElse(err, lookErr); err != nil && ctx.Err() == nil {
		s.log.Warn("a report is behind", "error", err)
	}
	return messages + changes
}

// countSome adds the next messages; when there is none left, the next changes, so that these always
// meet what stands before them.
func (s *Service) countSome(ctx context.Context, tx *db.Tx) error {
	from, err := countedUpToRow(ctx, tx)
	if err != nil {
		return err
	}
	c := s.newCounter(tx, from)
	newest, err := newestMessageRow(ctx, tx)
	if err != nil {
		return err
	}
	if newest > from {
		upTo := min(newest, from+messagesAtOnce)
		groups, err := newMessageGroups(ctx, tx, from, upTo)
		if err != nil {
			return err
		}
		if err := c.messages(ctx, groups, func(convIDs []string) ([]newMessage, error) {
			return newMessagesOf(ctx, tx, from, upTo, convIDs)
		}); err != nil {
			return err
		}
		if err := setCounted(ctx, tx, upTo); err != nil {
			return err
		}
		return c.save(ctx)
	}
	changes, err := reportChanges(ctx, tx, changesAtOnce)
	if err != nil || len(changes) == 0 {
		return err
	}
	if err := c.changes(ctx, changes); err != nil {
		return err
	}
	return c.save(ctx)
}

// countConversation adds all of one conversation, which is about to be erased.
func (s *Service) countConversation(ctx context.Context, tx *db.Tx, convID string) error {
	from, err := countedUpToRow(ctx, tx)
	if err != nil {
		return err
	}
	c := s.newCounter(tx, from)
	messages, err := messagesOf(ctx, tx, convID, from, false)
	if err != nil {
		return err
	}
	groups := make([]messageGroup, len(messages))
	for i, m := range messages {
		groups[i] = m.alone()
	}
	if err := c.messages(ctx, groups, func([]string) ([]newMessage, error) { return messages, nil }); err != nil {
		return err
	}
	changes, err := reportChangesOf(ctx, tx, convID)
	if err != nil {
		return err
	}
	if err := c.changes(ctx, changes); err != nil {
		return err
	}
	return c.save(ctx)
}

// fact is something that happened to a conversation once, as far as reports tell of it.
type fact struct {
	metric metric
	at     int64
	// took is in ms, open the part of it within business hours; a rating's score is took.
	took, open int64
	agentID    string
}

// MarshalJSON writes a fact as a list, of which a large installation keeps millions.
func (f fact) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{f.metric, f.at, f.took, f.open, f.agentID})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (f *fact) UnmarshalJSON(content []byte) error {
	return json.Unmarshal(content, &[]any{&f.metric, &f.at, &f.took, &f.open, &f.agentID})
}

// countedConversation is what of a conversation is in the sums, and what it is now.
type countedConversation struct {
	id, accountID, site string
	tagsNow             string
	spamNow             bool

	dirty     bool
	tags      []string
	tagsText  string
	spam      bool
	askedAt   *int64
	closedSeq int64
	facts     []fact
}

func (c *countedConversation) has(m metric) bool {
	return slices.ContainsFunc(c.facts, func(f fact) bool { return f.metric == m })
}

// turnsAt says that a message of this kind may be the first of something.
func (c *countedConversation) turnsAt(senderType string) bool {
	switch {
	case len(c.facts) == 0:
		return true
	case senderType == byVisitor:
		return c.askedAt == nil
	}
	return !c.has(mAnswered)
}

// reportDay names one row of sums.
type reportDay struct {
	accountID, part, value string
	day                    int64
}

// counter collects what one write adds to the sums.
type counter struct {
	s  *Service
	tx *db.Tx
	// from is the row up to which messages were counted before.
	from          int64
	conversations map[string]*countedConversation
	days          map[reportDay]tally
	hours         map[string]openHours
}

func (s *Service) newCounter(tx *db.Tx, from int64) *counter {
	return &counter{s: s, tx: tx, from: from, conversations: map[string]*countedConversation{}, days: map[reportDay]tally{}, hours: map[string]openHours{}}
}

// load reads the conversations and brings what is counted of them in line with their tags and whether they are spam.
func (c *counter) load(ctx context.Context, convIDs []string) error {
	slices.Sort(convIDs)
	list, err := countedConversations(ctx, c.tx, slices.Compact(convIDs))
	if err != nil {
		return err
	}
	for _, conv := range list {
		if c.conversations[conv.id] != nil {
			continue
		}
		c.conversations[conv.id] = conv
		if err := c.follow(ctx, conv); err != nil {
			return err
		}
	}
	return nil
}

// follow moves what is counted of a conversation to what it is now.
func (c *counter) follow(ctx context.Context, conv *countedConversation) error {
	if conv.tagsText == conv.tagsNow && conv.spam == conv.spamNow {
		return nil
	}
	for _, f := range conv.facts {
		c.add(conv, f, -1)
	}
	if conv.spam != conv.spamNow {
		messages, err := messagesOf(ctx, c.tx, conv.id, c.from, true)
		if err != nil {
			return err
		}
		for _, m := range messages {
			c.addMessages(conv, m.alone(), -1)
		}
		conv.spam = conv.spamNow
		for _, m := range messages {
			c.addMessages(conv, m.alone(), 1)
		}
	}
	conv.tags, conv.tagsText, conv.dirty = nil, conv.tagsNow, true
	if err := json.Unmarshal([]byte(conv.tagsNow), &conv.tags); err != nil {
		return fmt.Errorf("read tags: %w", err)
	}
	for _, f := range conv.facts {
		c.add(conv, f, 1)
	}
	return nil
}

// messages adds what was written. Most of it is only a number; one by one, as each reads them, go those of
// conversations that have yet to begin, to ask or to be answered.
func (c *counter) messages(ctx context.Context, groups []messageGroup, each func(convIDs []string) ([]newMessage, error)) error {
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.conversationID
	}
	if err := c.load(ctx, ids); err != nil {
		return err
	}
	var open []string
	for _, g := range groups {
		conv := c.conversations[g.conversationID]
		if conv == nil {
			continue
		}
		c.addMessages(conv, g, 1)
		if conv.turnsAt(g.senderType) {
			open = append(open, conv.id)
		}
	}
	if len(open) == 0 {
		return nil
	}
	list, err := each(slices.Compact(open))
	if err != nil {
		return err
	}
	for _, m := range list {
		conv := c.conversations[m.conversationID]
		if conv == nil || !m.counts() {
			continue
		}
		if len(conv.facts) == 0 {
			c.happened(conv, fact{metric: mStarted, at: m.createdAt})
		}
		switch {
		case m.senderType == byVisitor && conv.askedAt == nil:
			conv.askedAt, conv.dirty = &m.createdAt, true
		case m.senderType == byAgent && conv.askedAt != nil && !conv.has(mAnswered):
			f, err := c.lasted(ctx, conv, mAnswered, *conv.askedAt, m.createdAt)
			if err != nil {
				return err
			}
			f.agentID = m.senderID
			c.happened(conv, f)
		}
	}
	return nil
}

// changes adds what is no message. A conversation without a message has nothing to count.
func (c *counter) changes(ctx context.Context, list []reportChange) error {
	ids := make([]string, len(list))
	for i, change := range list {
		ids[i] = change.conversationID
	}
	if err := c.load(ctx, ids); err != nil {
		return err
	}
	for _, change := range list {
		if err := deleteReportChange(ctx, c.tx, change.row); err != nil {
			return err
		}
		conv := c.conversations[change.conversationID]
		if conv == nil || len(conv.facts) == 0 {
			continue
		}
		switch change.kind {
		case "closed":
			began, found, err := roundBegan(ctx, c.tx, conv.id, conv.closedSeq, *change.seq)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			f, err := c.lasted(ctx, conv, mResolved, began, change.at)
			if err != nil {
				return err
			}
			f.agentID, conv.closedSeq = change.agentID, *change.seq
			c.happened(conv, f)
		case "rated":
			conv.facts = slices.DeleteFunc(conv.facts, func(f fact) bool {
				if f.metric == mRated {
					c.add(conv, f, -1)
				}
				return f.metric == mRated
			})
			c.happened(conv, fact{metric: mRated, at: change.at, took: *change.score, agentID: change.agentID})
		}
	}
	return nil
}

// lasted is a fact that took its time.
func (c *counter) lasted(ctx context.Context, conv *countedConversation, m metric, from, to int64) (fact, error) {
	hours, known := c.hours[conv.accountID]
	if !known {
		settings, err := readSettings(ctx, c.tx, conv.accountID)
		if err != nil {
			return fact{}, err
		}
		hours = settings.BusinessHours.open()
		c.hours[conv.accountID] = hours
	}
	open := hours.between(time.UnixMilli(from), time.UnixMilli(to))
	return fact{metric: m, at: to, took: max(to-from, 0), open: open.Milliseconds()}, nil
}

func (c *counter) happened(conv *countedConversation, f fact) {
	conv.facts, conv.dirty = append(conv.facts, f), true
	c.add(conv, f, 1)
}

// add counts a fact wherever it belongs, or takes it out again.
func (c *counter) add(conv *countedConversation, f fact, n int64) {
	if conv.spam {
		return
	}
	count := func(part, value string) {
		switch f.metric {
		case mStarted:
			c.count(conv, part, value, f.at, mStarted, 0, n)
		case mRated:
			c.count(conv, part, value, f.at, mRated, int(f.took), n)
		default:
			c.count(conv, part, value, f.at, f.metric, durationStep(f.took), n)
			c.count(conv, part, value, f.at, f.metric+1, durationStep(f.open), n)
		}
	}
	count(partAll, "")
	count(partSite, conv.site)
	if f.agentID != "" {
		count(partAgent, f.agentID)
	}
	for _, tag := range conv.tags {
		count(partTag, tag)
	}
}

// addMessages counts messages wherever they belong, times n.
func (c *counter) addMessages(conv *countedConversation, g messageGroup, n int64) {
	if conv.spam || g.count == 0 {
		return
	}
	of, at := mAsked, g.quarter*quarterSeconds*1000
	if g.senderType == byAgent {
		of = mReplies
		c.count(conv, partAgent, g.senderID, at, of, 0, n*g.count)
	}
	c.count(conv, partAll, "", at, of, 0, n*g.count)
	c.count(conv, partSite, conv.site, at, of, 0, n*g.count)
}

func (c *counter) count(conv *countedConversation, part, value string, at int64, m metric, step int, n int64) {
	quarter := floorDiv(at, quarterSeconds*1000)
	k := reportDay{conv.accountID, part, value, floorDiv(quarter, quarters)}
	if c.days[k] == nil {
		c.days[k] = tally{}
	}
	c.days[k][tallyKey(quarter-k.day*quarters, m, step)] += n
}

// save writes what was collected.
func (c *counter) save(ctx context.Context) error {
	for _, conv := range c.conversations {
		if conv.dirty {
			if err := upsertCounted(ctx, c.tx, conv); err != nil {
				return err
			}
		}
	}
	for k, more := range c.days {
		if err := addToReportDay(ctx, c.tx, k, more); err != nil {
			return err
		}
	}
	return nil
}
