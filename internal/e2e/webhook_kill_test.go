package e2e

import (
	"fmt"
	"testing"
	"time"
)

// A server that is killed while it tells webhooks tells of every acknowledged message all the same. What it
// had told without having heard the answer comes again, under the same id.
func TestKillLosesNoWebhook(t *testing.T) {
	t.Parallel()
	const rounds, messages = 3, 40
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_LOG_LEVEL", "warn"), withEnv("DESKBELL_OUTBOUND_ALLOW", "127.0.0.0/8"))
	a := newAccount(t, s)
	hooked := newHookReceiver(t)
	path, secret := a.newHook(t, hooked.url, "message.created", "conversation.created")
	all := scribes(t, s, a.newToken(t, shop), 4)
	for round := range rounds {
		answers := make(chan int, 1<<16)
		wait := writeUntil(t, all, nil, func(status int) { answers <- status })
		tally(t, answers, messages+round)
		hooked.mute.Store(true)
		eventually(t, 20*time.Second, "a delivery that is under way", func() bool { return int(hooked.unanswered.Load()) > round })
		s.kill()
		wait()
		hooked.mute.Store(false)
		if err := s.start(); err != nil {
			t.Fatal(err)
		}
	}
	total := holdsAll(t, all)
	// One that hung during a kill is tried again at once, one that failed after a wait.
	eventually(t, 60*time.Second, "all to be told", func() bool {
		return s.count(t, "SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'waiting'") == 0
	})
	ids, repeated := map[string]string{}, 0
	told, _ := hooked.box.matching(func(toldHook) bool { return true })
	for _, h := range told {
		var what string
		if h.data["type"] == "message.created" {
			what = str(t, h.data, "data.message.conversation_id") + " " + str(t, h.data, "data.message.text")
		} else {
			what = str(t, h.data, "data.conversation._id")
		}
		switch first, known := ids[what]; {
		case !known:
			ids[what] = h.id
		case first != h.id:
			t.Errorf("%s came as %s and as %s", what, first, h.id)
		default:
			repeated++
		}
		if !h.signedBy(secret) {
			t.Errorf("%s is not signed", what)
		}
	}
	for _, w := range all {
		if ids[w.conversation] == "" {
			t.Errorf("conversation %s was not told of", w.conversation)
		}
		for _, n := range w.acked {
			if ids[fmt.Sprint(w.conversation, " ", n)] == "" {
				t.Errorf("message %d of %s was acknowledged and not told of", n, w.conversation)
			}
		}
	}
	if repeated < rounds {
		t.Errorf("%d came again after %d kills under way", repeated, rounds)
	}
	a.delivery(t, path, "the log to go on", func(d obj) bool { return d["status"] == "delivered" })
	t.Logf("%d kills, %d acknowledged messages, %d requests, %d of them repeated", rounds, total, len(told), repeated)
}
