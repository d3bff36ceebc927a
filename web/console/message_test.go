package console_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"

	"deskbell/internal/auth"
	"deskbell/internal/support"
)

// sendFile posts the file form as a browser without script does.
func (d *desk) sendFile(path, name, content string) answer {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	must(d.t, err)
	_, err = part.Write([]byte(content))
	must(d.t, err)
	must(d.t, form.Close())
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.url+path, &body)
	must(d.t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := d.http.Do(req)
	must(d.t, err)
	must(d.t, res.Body.Close())
	return answer{status: res.StatusCode, header: res.Header}
}

func (d *desk) messages(convID string) []support.Message {
	d.t.Helper()
	found, err := d.support.Messages(d.t.Context(), d.actor(), convID, support.MessageRange{})
	must(d.t, err)
	return found.Messages
}

func TestFileFormWithoutScriptSendsOneMessage(t *testing.T) {
	d := newDesk(t).setUp()
	_, session := d.visitor(support.Claims{Name: "Vera"}, "Hello")
	path := "/inbox/" + session.ConversationID
	for range 2 {
		d.sendFile(path+"/files?client_id=one", "notes.txt", "Legs wobble.").leadsTo(t, path)
	}
	list := d.messages(session.ConversationID)
	if len(list) != 2 || len(list[1].Files) != 1 || list[1].Files[0].Name != "notes.txt" {
		t.Fatalf("messages %+v, want the visitor's and one with the file", list)
	}
}

func TestMessagesAreChangedByTheirWriterOnly(t *testing.T) {
	d := newDesk(t).setUp()
	_, session := d.visitor(support.Claims{Name: "Vera"}, "Hello")
	path := "/inbox/" + session.ConversationID
	d.post(path+"/messages", url.Values{"client_id": {"one"}, "text": {"Goodby"}}).leadsTo(t, path)
	list := d.messages(session.ConversationID)
	visitors, own := path+"/messages/"+list[0].ID, path+"/messages/"+list[1].ID
	d.post(visitors, url.Values{"text": {"Forged"}}).want(t, http.StatusForbidden)
	d.get(own).want(t, http.StatusOK, "Goodby", "Remove for everybody")
	d.post(own, url.Values{"text": {" "}}).want(t, http.StatusUnprocessableEntity, "A message must have")
	d.post(own, url.Values{"text": {"Goodbye"}}).leadsTo(t, path)
	d.get(path).want(t, http.StatusOK, "Goodbye", "Edited")

	_, err := d.auth.CreateUser(t.Context(), auth.NewUser{Email: "ann@example.com", Name: "Ann", Role: auth.RoleAgent, Password: "correct horse"})
	must(t, err)
	sam := d.http
	d.http = d.browser()
	d.post("/login", url.Values{"email": {"ann@example.com"}, "password": {"correct horse"}}).leadsTo(t, "/inbox")
	d.get(own).want(t, http.StatusForbidden)
	d.post(own, url.Values{"remove": {"true"}}).want(t, http.StatusForbidden)

	d.http = sam
	d.post(own, url.Values{"remove": {"true"}}).leadsTo(t, path)
	d.get(path).want(t, http.StatusOK, "Message removed")
	d.get(own).leadsTo(t, path)
}
