package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// description holds what the tests send and receive to the API's own description. What differs is
// collected, because requests are also sent where no test can be told, and fails the run at its end.
var description = struct {
	doc    *openapi3.T
	routes routers.Router
	mu     sync.Mutex
	// differences maps each one to the first exchange that showed it.
	differences map[string]string
}{differences: map[string]string{}}

func loadDescription() error {
	content, err := os.ReadFile("../../web/api/openapi.json")
	if err != nil {
		return err
	}
	if description.doc, err = openapi3.NewLoader().LoadFromData(content); err != nil {
		return fmt.Errorf("openapi.json: %w", err)
	}
	// The router checks the document itself, examples included.
	description.routes, err = legacy.NewRouter(description.doc, openapi3.IsOpenAPI31OrLater(), openapi3.EnableExamplesValidation())
	if err != nil {
		return fmt.Errorf("openapi.json: %w", err)
	}
	return nil
}

// undescribed reports every difference between what was seen and the description.
func undescribed() error {
	var all []error
	for _, what := range slices.Sorted(maps.Keys(description.differences)) {
		all = append(all, fmt.Errorf("not as in web/api/openapi.json: %s\n    seen in %s", what, description.differences[what]))
	}
	return errors.Join(all...)
}

func differs(where, example string, err error) {
	if err == nil {
		return
	}
	description.mu.Lock()
	defer description.mu.Unlock()
	text, _, _ := strings.Cut(err.Error(), "\nSchema:") // the schema itself stands in the file
	if what := where + ": " + text; description.differences[what] == "" {
		description.differences[what] = fmt.Sprintf("%.400s", example)
	}
}

// checkExchange compares one request and its answer with the description. A request that was
// refused may be wrong on purpose; one that succeeded must be allowed by the description.
func checkExchange(req *http.Request, r reply) {
	differs(req.Method+" "+req.URL.Path, r.String(), checkPage(r))
	if req.Method == http.MethodOptions || req.Method == http.MethodHead {
		return
	}
	r = r.unpacked()
	route, params, err := findRoute(req)
	if err != nil {
		if !answersInJSON(req.URL.Path) {
			return
		}
		where := req.Method + " " + req.URL.Path
		if r.status < 400 {
			differs(where, r.String(), fmt.Errorf("answered %d, but no such call is described", r.status))
		} else {
			differs(where, r.String(), checkFailure(r))
		}
		return
	}
	where := req.Method + " " + route.Path
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: &openapi3filter.Options{
		AuthenticationFunc: credentialSent, IncludeResponseStatus: true, SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: true,
	}}
	if r.status < 400 {
		differs(where+": request", r.String(), checkRequest(in))
	}
	differs(fmt.Sprint(where, ": ", r.status), r.String(), checkAnswer(in, r))
}

// checkPage holds every page that any test sees to what TestRoles holds one page of each route to.
func checkPage(r reply) error {
	policy := r.header.Get("Content-Security-Policy")
	if strings.HasPrefix(r.header.Get("Content-Type"), "text/html") && (!strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe-")) {
		return fmt.Errorf("a page with the policy %q", policy)
	}
	return nil
}

// answersInJSON tells the API from pages for people and their files.
func answersInJSON(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == "/healthz" || path == "/readyz"
}

func findRoute(req *http.Request) (*routers.Route, map[string]string, error) {
	// The description's server is "/": only the path counts.
	route, params, err := description.routes.FindRoute(&http.Request{Method: req.Method, URL: &url.URL{Path: req.URL.Path}})
	for name, value := range params {
		if value == "" {
			return nil, nil, fmt.Errorf("nothing in place of %s", name)
		}
	}
	return route, params, err
}

// checkFailure holds the answer of an address that does not exist to the shape of every failure.
func checkFailure(r reply) error {
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		return err
	}
	return description.doc.Components.Schemas["Error"].Value.VisitJSON(v, openapi3.EnableJSONSchema2020())
}

func credentialSent(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	header := http.CanonicalHeaderKey(in.SecurityScheme.Name)
	if in.SecurityScheme.Type == "http" {
		header = "Authorization"
	}
	if in.RequestValidationInput.Request.Header.Get(header) == "" {
		return in.NewError(errors.New("accepted without " + header))
	}
	return nil
}

func checkRequest(in *openapi3filter.RequestValidationInput) error {
	sent := in.Request.Clone(context.Background())
	sent.Body, sent.ContentLength = http.NoBody, 0
	if in.Request.GetBody != nil {
		body, err := in.Request.GetBody()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		sent.Body, sent.ContentLength = io.NopCloser(strings.NewReader(string(content))), int64(len(content))
	} else if in.Request.Body != nil && in.Request.Body != http.NoBody {
		in.Options.ExcludeRequestBody = true // sent in chunks: read once, and gone
	}
	if described := in.Route.Operation.RequestBody; described != nil {
		if described.Value.Content["application/json"] != nil {
			sent.Header.Set("Content-Type", "application/json") // JSON whatever it is called
		} else if kind := sent.Header.Get("Content-Type"); described.Value.Content.Get(kind) == nil {
			return fmt.Errorf("content type %q is not described", kind)
		} else {
			in.Options.ExcludeRequestBody = true // files of any type, which the validator would have to know
		}
	}
	for name := range in.Request.URL.Query() {
		if in.Route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return fmt.Errorf("parameter %s is not described", name)
		}
	}
	original := in.Request
	in.Request = sent
	defer func() { in.Request = original }()
	return openapi3filter.ValidateRequest(context.Background(), in)
}

func checkAnswer(in *openapi3filter.RequestValidationInput, r reply) error {
	responses := in.Route.Operation.Responses
	described := responses.Status(r.status)
	if described == nil && r.status < http.StatusInternalServerError {
		return errors.New("this status is not described")
	}
	if described == nil {
		described = responses.Default()
	}
	if len(described.Value.Content) == 0 && len(r.body) > 0 {
		return errors.New("no body is described")
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: r.status, Header: r.header, Options: in.Options}
	if err := openapi3filter.ValidateResponse(context.Background(), out.SetBodyBytes(r.body)); err != nil {
		return err
	}
	content := described.Value.Content["application/json"]
	if content == nil || len(r.body) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		return err
	}
	if r.status >= 400 {
		return describedFailure(content, v)
	}
	return undescribedName("", []*openapi3.SchemaRef{content.Schema}, v)
}

// openCodes are failures whose text depends on the input or the settings.
var openCodes = []any{"invalid_input", "invalid_json", "file_too_large"}

// describedFailure finds the failure's code and text among the examples of its status.
func describedFailure(content *openapi3.MediaType, v any) error {
	got, _ := v.(obj)
	for _, e := range content.Examples {
		want, _ := e.Value.Value.(obj)
		if want["code"] == got["code"] && (want["error"] == got["error"] || slices.Contains(openCodes, got["code"])) {
			return nil
		}
	}
	return fmt.Errorf("no example has code %q and text %q", got["code"], got["error"])
}

// undescribedName looks for a name that none of the schemas has: clients must not mind it, but
// then nobody can know of it either.
func undescribedName(path string, schemas []*openapi3.SchemaRef, v any) error {
	schemas = parts(schemas)
	switch v := v.(type) {
	case []any:
		var items []*openapi3.SchemaRef
		for _, s := range schemas {
			if s.Value.Items != nil {
				items = append(items, s.Value.Items)
			}
		}
		for _, item := range v {
			if err := undescribedName(path+"[]", items, item); err != nil {
				return err
			}
		}
	case obj:
		for name, value := range v {
			var found []*openapi3.SchemaRef
			open := false
			for _, s := range schemas {
				if property := s.Value.Properties[name]; property != nil {
					found = append(found, property)
				}
				extra := s.Value.AdditionalProperties
				open = open || extra.Schema != nil || (extra.Has != nil && *extra.Has)
			}
			if len(found) == 0 && !open {
				return fmt.Errorf("%s.%s is not described", path, name)
			}
			if len(found) > 0 {
				if err := undescribedName(path+"."+name, found, value); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// parts takes the parts out of allOf, whatever depth they are at.
func parts(schemas []*openapi3.SchemaRef) (flat []*openapi3.SchemaRef) {
	for _, s := range schemas {
		flat = append(append(flat, s), parts(s.Value.AllOf)...)
	}
	return flat
}

// checkEvent compares an event of a stream with the description of its path.
func checkEvent(req *http.Request, e event) {
	where := "GET " + req.URL.Path + ": event " + e.name
	route, _, err := findRoute(req)
	if err != nil {
		if answersInJSON(req.URL.Path) {
			differs(where, e.name, err)
		}
		return
	}
	where = "GET " + route.Path + ": event " + e.name
	differs(where, fmt.Sprint(e.data), func() error {
		events, _ := route.Operation.Responses.Status(http.StatusOK).Value.Content["text/event-stream"].Extensions["x-events"].(obj)
		named, _ := events[e.name].(obj)
		ref, _ := named["$ref"].(string)
		schema := description.doc.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
		if schema == nil {
			return errors.New("this event is not described")
		}
		if err := schema.Value.VisitJSON(e.data, openapi3.EnableJSONSchema2020()); err != nil {
			return err
		}
		return undescribedName("", []*openapi3.SchemaRef{schema}, e.data)
	}())
}
