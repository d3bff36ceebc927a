package docs

import (
	"fmt"
	"strings"
)

// header is the name of the request header that carries a credential.
func (s securityScheme) header(name string) string {
	if s.Type == "http" {
		return "Authorization: Bearer <" + credentialName(name) + ">"
	}
	return s.Name
}

func credentialName(scheme string) string {
	switch scheme {
	case "team":
		return "team token"
	case "device":
		return "device id"
	case "session":
		return "session token"
	}
	return strings.ReplaceAll(scheme, "_", " ")
}

// slug is the id of a section; the prefix keeps it apart from the ids of calls.
func slug(name string) string { return "about-" + strings.ToLower(strings.ReplaceAll(name, " ", "-")) }

// shell writes a call as a curl command; $BASE is the server's address.
func shell(c call, contentType, body string) string {
	var out strings.Builder
	out.WriteString("curl ")
	if c.method != "GET" && (c.method != "POST" || body == "") {
		out.WriteString("-X " + c.method + " ")
	}
	fmt.Fprintf(&out, `"$BASE%s"`, c.path)
	for _, n := range c.needs {
		header := n.header
		if !strings.Contains(header, ":") {
			header += ": <" + n.credential + ">"
		}
		fmt.Fprintf(&out, " \\\n  -H '%s'", header)
	}
	if body == "" {
		return out.String()
	}
	if contentType == "multipart/form-data" {
		out.WriteString(" \\\n  -F 'file=@photo.jpg'")
		return out.String()
	}
	fmt.Fprintf(&out, " \\\n  -d '%s'", strings.ReplaceAll(body, "'", `'\''`))
	return out.String()
}

// span is a stretch of text, code or not.
type span struct {
	text string
	code bool
}

// spans splits a line at its backticks, which mean what they do in Markdown.
func spans(text string) (out []span) {
	for i, part := range strings.Split(text, "`") {
		if part != "" {
			out = append(out, span{part, i%2 == 1})
		}
	}
	return out
}

// tone colours a method's or a status's badge.
func tone(s string) string {
	switch {
	case s == "DELETE", strings.HasPrefix(s, "5"):
		return "bad"
	case s == "POST", s == "PUT", s == "PATCH", strings.HasPrefix(s, "4"):
		return "warn"
	case strings.HasPrefix(s, "2"):
		return "ok"
	}
	return ""
}

// note is what a field holds, where it is sent, and whether it has to be.
func (f field) note() string {
	out := f.kind
	if f.where != "" {
		out += " in the " + f.where
	}
	if f.required && f.where != "path" {
		out += ", required"
	}
	return out
}
