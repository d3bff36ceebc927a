package docs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Reference is a description made ready to be shown.
type Reference struct {
	title       string
	summary     string
	description string
	credentials []credential
	sections    []section
}

type credential struct{ name, how, description string }

type section struct {
	id, name, description string
	calls                 []call
}

type call struct {
	id, method, path, summary, description string
	// needs are the headers that the caller must send, each with the scopes or role.
	needs      []need
	parameters []field
	body       []field
	events     []event
	answers    []answer
	// request is the call as a command for the shell.
	request string
}

type need struct {
	header, credential string
	scopes             []string
}

// field is one name of an object with what it holds.
type field struct {
	name, kind, where, description string
	// required is what a caller must send.
	required bool
	fields   []field
}

type event struct {
	name   string
	fields []field
}

type answer struct {
	status, description string
	headers             []field
	fields              []field
	failures            []string
	example             string
	// made says that the example is not the file's own.
	made bool
}

// Parse reads an OpenAPI document as our own file uses the format.
func Parse(content []byte) (*Reference, error) {
	var d document
	if err := jsonv2.Unmarshal(content, &d); err != nil {
		return nil, fmt.Errorf("read API description: %w", err)
	}
	r := &Reference{title: d.Info.Title, summary: d.Info.Summary, description: d.Info.Description}
	for _, scheme := range d.Components.SecuritySchemes {
		r.credentials = append(r.credentials, credential{credentialName(scheme.name), scheme.value.header(scheme.name), scheme.value.Description})
	}
	for _, tag := range d.Tags {
		s := section{id: slug(tag.Name), name: tag.Name, description: tag.Description}
		for _, path := range d.Paths {
			if err := d.addCalls(&s, path.name, path.value); err != nil {
				return nil, fmt.Errorf("read API description: %s: %w", path.name, err)
			}
		}
		r.sections = append(r.sections, s)
	}
	return r, nil
}

// addCalls adds the operations of one path that belong to a section.
func (d *document) addCalls(s *section, path string, item ordered[jsontext.Value]) error {
	var shared []parameter
	if raw, ok := item.get("parameters"); ok {
		if err := jsonv2.Unmarshal(raw, &shared); err != nil {
			return err
		}
	}
	for _, method := range item {
		if method.name == "parameters" {
			continue
		}
		var op operation
		if err := jsonv2.Unmarshal(method.value, &op); err != nil {
			return fmt.Errorf("%s: %w", method.name, err)
		}
		if !slices.Contains(op.Tags, s.name) {
			continue
		}
		c, err := d.call(strings.ToUpper(method.name), path, op, shared)
		if err != nil {
			return fmt.Errorf("%s: %w", method.name, err)
		}
		s.calls = append(s.calls, c)
	}
	return nil
}

func (d *document) call(method, path string, op operation, shared []parameter) (call, error) {
	c := call{id: op.OperationID, method: method, path: path, summary: op.Summary, description: op.Description}
	if len(op.Security) > 0 {
		for _, s := range op.Security[0] {
			scheme, _ := d.Components.SecuritySchemes.get(s.name)
			c.needs = append(c.needs, need{scheme.header(s.name), credentialName(s.name), s.value})
		}
	}
	for _, p := range slices.Concat(shared, op.Parameters) {
		p = at(d.Components.Parameters, p.Ref, p)
		f := d.field(p.Name, p.Schema, p.Required)
		f.where, f.description = p.In, cmp.Or(p.Description, f.description)
		c.parameters = append(c.parameters, f)
	}
	var sent string
	for _, content := range at(d.Components.RequestBodies, op.RequestBody.Ref, op.RequestBody).Content {
		c.body = d.fields(content.value.Schema, 0)
		var err error
		if sent, err = d.exampleOf(content.value); err != nil {
			return c, err
		}
		c.request = shell(c, content.name, sent)
	}
	if c.request == "" {
		c.request = shell(c, "", "")
	}
	for _, r := range op.Responses {
		a, events, err := d.answer(r.name, at(d.Components.Responses, r.value.Ref, r.value))
		if err != nil {
			return c, fmt.Errorf("%s: %w", r.name, err)
		}
		c.answers, c.events = append(c.answers, a), append(c.events, events...)
	}
	given := slices.ContainsFunc(c.answers, func(a answer) bool { return a.example != "" && !a.made })
	for i, a := range c.answers {
		if a.made && given {
			c.answers[i].example = "" // it would only repeat the other one, less well
		}
	}
	return c, nil
}

func (d *document) answer(status string, r response) (a answer, events []event, err error) {
	a = answer{status: status, description: r.Description}
	if status == "default" {
		a.status = "5xx"
	}
	for _, h := range r.Headers {
		value := at(d.Components.Headers, h.value.Ref, h.value)
		f := d.field(h.name, value.Schema, false)
		f.description = value.Description
		a.headers = append(a.headers, f)
	}
	for _, content := range r.Content {
		for _, e := range content.value.Examples {
			var failure struct {
				Error string `json:"error"`
			}
			if err := jsonv2.Unmarshal(at(d.Components.Examples, e.value.Ref, e.value).Value, &failure); err != nil {
				return a, nil, err
			}
			a.failures = append(a.failures, failure.Error)
		}
		for _, e := range content.value.Events {
			events = append(events, event{e.name, received(d.fields(e.value, 0))})
		}
		if len(a.failures) == 0 {
			a.fields, a.made = received(d.fields(content.value.Schema, 0)), content.value.Example == nil
			if a.example, err = d.exampleOf(content.value); err != nil {
				return a, nil, err
			}
		}
	}
	return a, events, nil
}

// received says of fields that the server sends them: all are there, required or not.
func received(fields []field) []field {
	for i := range fields {
		fields[i].required = false
		received(fields[i].fields)
	}
	return fields
}

// exampleOf is the example that the file gives, else one made from the schema.
func (d *document) exampleOf(m mediaType) (string, error) {
	given := m.Example
	if given == nil {
		var err error
		if given, err = json.Marshal(d.sample(m.Schema, 0)); err != nil {
			return "", err
		}
	}
	if given.Kind() == '"' {
		var text string
		err := json.Unmarshal(given, &text)
		return text, err
	}
	out := slices.Clone(given)
	err := out.Indent(jsontext.WithIndent("  "))
	return string(out), err
}

// deepest bounds how far schemas are followed.
const deepest = 8

// flat merges a schema with what it refers to and is made of.
func (d *document) flat(s schema) schema {
	if s.Ref != "" {
		base := d.flat(at(d.Components.Schemas, s.Ref, schema{}))
		base.Description = cmp.Or(s.Description, base.Description)
		return base
	}
	all := s.AllOf
	s.AllOf = nil
	if len(all) == 0 {
		return s
	}
	out := schema{Description: s.Description}
	for _, part := range append(all, s) {
		part = d.flat(part)
		out.Type = append(out.Type, part.Type...)
		out.Required = append(out.Required, part.Required...)
		for _, p := range part.Properties {
			out.Properties = merge(out.Properties, p)
		}
	}
	slices.Sort(out.Type)
	out.Type = slices.Compact(out.Type)
	return out
}

// merge adds a property; one that is there already gets both descriptions' names.
func merge(list ordered[schema], p entry[schema]) ordered[schema] {
	for i, have := range list {
		if have.name == p.name {
			list[i].value = schema{AllOf: []schema{have.value, p.value}}
			return list
		}
	}
	return append(list, p)
}

func (d *document) fields(s schema, depth int) (out []field) {
	s = d.flat(s)
	if s.Items != nil && depth < deepest {
		return d.fields(*s.Items, depth+1)
	}
	for _, p := range s.Properties {
		f := d.field(p.name, p.value, slices.Contains(s.Required, p.name))
		if depth < deepest {
			f.fields = d.fields(p.value, depth+1)
		}
		out = append(out, f)
	}
	return out
}

func (d *document) field(name string, s schema, required bool) field {
	s = d.flat(s)
	return field{name: name, kind: d.kind(s), description: s.Description, required: required}
}

// kind says in few words what a schema allows.
func (d *document) kind(s schema) string {
	s = d.flat(s)
	var choices []string
	for _, v := range s.Enum {
		choices = append(choices, string(v))
	}
	out := strings.Join(choices, ", ")
	switch {
	case s.Const != nil:
		out = string(s.Const)
	case out != "":
	case s.Items != nil:
		out = "list of " + d.kind(*s.Items)
	default:
		out = strings.Join(s.Type, " or ")
	}
	if s.Format == "date-time" {
		out = strings.Replace(out, "string", "time", 1)
	}
	if s.Default != nil {
		out += ", default " + string(s.Default)
	}
	return out
}

// sample makes a value that the schema allows, for examples.
func (d *document) sample(s schema, depth int) any {
	s = d.flat(s)
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Items != nil && depth < deepest:
		return []any{d.sample(*s.Items, depth+1)}
	case len(s.Properties) > 0 && depth < deepest:
		return sampleObject{d, s, depth}
	case slices.Contains(s.Type, "null"):
		return nil
	case slices.Contains(s.Type, "integer"):
		if s.Minimum != nil {
			return s.Minimum
		}
		return 0
	case slices.Contains(s.Type, "boolean"):
		return false
	case slices.Contains(s.Type, "object"):
		return struct{}{}
	}
	return "…"
}

// sampleObject keeps the order of its names when it is written.
type sampleObject struct {
	d     *document
	s     schema
	depth int
}

// MarshalJSON writes the object.
func (o sampleObject) MarshalJSON() ([]byte, error) {
	var out strings.Builder
	for i, p := range o.s.Properties {
		value, err := json.Marshal(o.d.sample(p.value, o.depth+1))
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%q:%s", p.name, value)
	}
	return []byte("{" + out.String() + "}"), nil
}
