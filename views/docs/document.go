// Package docs shows an OpenAPI document as a page for people. It reads what our own file uses of
// the format, in the order in which the file has it.
package docs

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// document is an OpenAPI 3.1 document.
type document struct {
	Info struct {
		Title       string `json:"title"`
		Summary     string `json:"summary"`
		Description string `json:"description"`
	} `json:"info"`
	Tags []struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"tags"`
	Paths      ordered[ordered[jsontext.Value]] `json:"paths"`
	Components struct {
		SecuritySchemes ordered[securityScheme] `json:"securitySchemes"`
		Parameters      ordered[parameter]      `json:"parameters"`
		RequestBodies   ordered[requestBody]    `json:"requestBodies"`
		Headers         ordered[header]         `json:"headers"`
		Responses       ordered[response]       `json:"responses"`
		Examples        ordered[example]        `json:"examples"`
		Schemas         ordered[schema]         `json:"schemas"`
	} `json:"components"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

type operation struct {
	OperationID string              `json:"operationId"`
	Tags        []string            `json:"tags"`
	Summary     string              `json:"summary"`
	Description string              `json:"description"`
	Security    []ordered[[]string] `json:"security"`
	Parameters  []parameter         `json:"parameters"`
	RequestBody requestBody         `json:"requestBody"`
	Responses   ordered[response]   `json:"responses"`
}

type parameter struct {
	Ref         string `json:"$ref"`
	Name        string `json:"name"`
	In          string `json:"in"`
	Required    bool   `json:"required"`
	Description string `json:"description"`
	Schema      schema `json:"schema"`
}

type requestBody struct {
	Ref      string             `json:"$ref"`
	Required bool               `json:"required"`
	Content  ordered[mediaType] `json:"content"`
}

type response struct {
	Ref         string             `json:"$ref"`
	Description string             `json:"description"`
	Headers     ordered[header]    `json:"headers"`
	Content     ordered[mediaType] `json:"content"`
}

type header struct {
	Ref         string `json:"$ref"`
	Description string `json:"description"`
	Schema      schema `json:"schema"`
}

type mediaType struct {
	Schema   schema           `json:"schema"`
	Example  jsontext.Value   `json:"example"`
	Examples ordered[example] `json:"examples"`
	// Events are the events of a stream by name.
	Events ordered[schema] `json:"x-events"`
}

type example struct {
	Ref   string         `json:"$ref"`
	Value jsontext.Value `json:"value"`
}

type schema struct {
	Ref         string           `json:"$ref"`
	Type        words            `json:"type"`
	Description string           `json:"description"`
	Required    []string         `json:"required"`
	Properties  ordered[schema]  `json:"properties"`
	Items       *schema          `json:"items"`
	AllOf       []schema         `json:"allOf"`
	Enum        []jsontext.Value `json:"enum"`
	Const       jsontext.Value   `json:"const"`
	Default     jsontext.Value   `json:"default"`
	Format      string           `json:"format"`
	Minimum     jsontext.Value   `json:"minimum"`
	Examples    []jsontext.Value `json:"examples"`
}

// words is one text or a list of them.
type words []string

// UnmarshalJSONFrom reads either form.
func (w *words) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '[' {
		return json.UnmarshalDecode(dec, (*[]string)(w))
	}
	*w = make(words, 1)
	return json.UnmarshalDecode(dec, &(*w)[0])
}

// ordered is a JSON object whose names keep their order.
type ordered[T any] []entry[T]

type entry[T any] struct {
	name  string
	value T
}

// UnmarshalJSONFrom reads an object.
func (o *ordered[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		var e entry[T]
		if err := json.UnmarshalDecode(dec, &e.name); err != nil {
			return err
		}
		if err := json.UnmarshalDecode(dec, &e.value); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		*o = append(*o, e)
	}
	_, err := dec.ReadToken()
	return err
}

func (o ordered[T]) get(name string) (T, bool) {
	for _, e := range o {
		if e.name == name {
			return e.value, true
		}
	}
	var none T
	return none, false
}

// at returns what a reference into a list of components names, or what stands there itself.
func at[T any](components ordered[T], ref string, here T) T {
	if ref == "" {
		return here
	}
	found, _ := components.get(ref[strings.LastIndex(ref, "/")+1:])
	return found
}
