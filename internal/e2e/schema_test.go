package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The page names collections, fields and indexes; operators' own queries rely on them.
func TestDocumentedTables(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	for table, columns := range map[string]string{
		"accounts": "_id", "users": "_id account_id email", "contacts": "_id account_id name email phone",
		"support_conversations": "_id account_id contact_id type auth_attr status created_at updated_at",
		"support_tokens":        "_id account_id user_id token domain scopes expiry_time status last_used created_at regenerated_at",
		"support_sessions":      "_id conversation_id device_id ip otp_code otp_expiry otp_attempts verified status created_at last_activity",
		"support_configs":       "account_id", "support_messages": "_id conversation_id seq client_id text",
	} {
		for _, column := range strings.Fields(columns) {
			if n := s.count(t, "SELECT count(*) FROM pragma_table_info(?) WHERE name = ?", table, column); n != 1 {
				t.Errorf("no column %s.%s", table, column)
			}
		}
	}
	for _, index := range []struct{ table, columns string }{
		{"support_conversations", "contact_id,account_id"}, {"support_sessions", "device_id"}, {"support_sessions", "conversation_id,device_id"},
		{"support_tokens", "account_id,status"}, {"support_tokens", "domain"},
	} {
		n := s.count(t, `SELECT count(*) FROM pragma_index_list(?) AS l WHERE
			(SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) = ?`, index.table, index.columns)
		if n != 1 {
			t.Errorf("%d indexes %s(%s)", n, index.table, index.columns)
		}
	}
}

func TestAvailability(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := newVisitor(a.srv, a.newToken(t, shop))
	online := func() (string, obj) {
		t.Helper()
		r := v.do(t, "GET", "/availability", nil)
		return r.header.Get("Cache-Control"), r.ok(t, http.StatusOK)
	}
	cache, now := online()
	shape(t, now, map[string]string{"is_open": "bool", "next_change_at": "time?"})
	if !strings.Contains(cache, "no-store") {
		t.Errorf("Cache-Control %q", cache)
	}
	before := fmt.Sprint(now["agents_online"])
	st := a.stream(t)
	st.await(t, "state")
	eventually(t, 5*time.Second, "an agent is online", func() bool { _, now := online(); return fmt.Sprint(now["agents_online"]) != before })
}
