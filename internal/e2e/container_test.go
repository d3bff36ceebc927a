package e2e

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	yaml "github.com/oasdiff/yaml3"
)

// The tests need no containers: what the Dockerfile and the compose files say is held to what is there, and
// TestNothingButTheBinary runs the program in what they make.

const repository = "../.."

// settingsTold are the names of all settings, by the document that is made from the code.
func settingsTold(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{"SQLITE_TMPDIR": true}
	for _, m := range regexp.MustCompile("(?m)^\\| `(DESKBELL_\\w+)` \\|").FindAllStringSubmatch(textOf(t, "docs/operations.md"), -1) {
		names[m[1]] = true
	}
	if len(names) < 20 {
		t.Fatalf("%d settings in the document", len(names))
	}
	return names
}

func textOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// dockerfile maps each instruction to its arguments, in order.
func dockerfile(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for line := range strings.Lines(textOf(t, "Dockerfile")) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		what, args, _ := strings.Cut(line, " ")
		if !slices.Contains([]string{"FROM", "WORKDIR", "COPY", "RUN", "ARG", "USER", "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}, what) {
			t.Errorf("no instruction: %s", line)
		}
		out[what] = append(out[what], args)
	}
	return out
}

// command is what an instruction in the form of a list runs.
func command(t *testing.T, args string) (list []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(args[strings.Index(args, "["):]), &list); err != nil {
		t.Fatalf("%s: %v", args, err)
	}
	return list
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	d := dockerfile(t)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(textOf(t, "go.mod"))[1]
	equal(t, "stages", d["FROM"], []string{"golang:" + version + " AS build", "scratch"})
	equal(t, "who runs it", d["USER"], []string{"65532:65532"})

	needs(t, "make")
	plan, err := exec.Command("make", "-n", "-C", repository, "build", "VERSION=v1").CombinedOutput()
	if err != nil || !bytes.Contains(plan, []byte("-o bin/deskbell")) || !bytes.Contains(plan, []byte("Version=v1")) {
		t.Errorf("make build: %v\n%s", err, plan)
	}
	program := "/deskbell"
	if !slices.Contains(d["COPY"], "--from=build "+d["WORKDIR"][0]+"/bin/deskbell "+program) {
		t.Errorf("the program is not taken over: %q", d["COPY"])
	}
	if len(d["RUN"]) != 2 || !strings.HasPrefix(d["RUN"][1], "make build ") {
		t.Errorf("RUN %q", d["RUN"])
	}

	// What the build needs is not kept from it.
	left := strings.Fields(textOf(t, ".dockerignore"))
	here, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	needed, err := exec.Command("go", "list", "-C", repository, "-deps", "-f", "{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}\n{{end}}{{range .EmbedFiles}}{{$dir}}/{{.}}\n{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for file := range strings.FieldsSeq(string(needed) + " " + here + "/Makefile " + here + "/go.sum") {
		below, ours := strings.CutPrefix(file, here+"/")
		first, _, _ := strings.Cut(below, "/")
		if ours && slices.Contains(left, first) {
			t.Errorf("%s is needed, and in .dockerignore", below)
		}
		if ours {
			n++
		}
	}
	if n < 100 {
		t.Errorf("%d files of ours are needed", n)
	}

	for _, setting := range strings.Fields(d["ENV"][0]) {
		if name, _, _ := strings.Cut(setting, "="); !settingsTold(t)[name] {
			t.Errorf("no setting: %s", setting)
		}
	}
	equal(t, "what starts", command(t, d["ENTRYPOINT"][0]), []string{program})
	for _, args := range [][]string{command(t, d["CMD"][0]), command(t, d["HEALTHCHECK"][0])[1:]} {
		if out, err := exec.Command(binary, append(args, "--help")...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", args, err, out)
		}
	}
	equal(t, "its data", d["VOLUME"], []string{"/data"})
}

// composeFile is what of the compose format we use; another key is a mistake.
type composeFile struct {
	Services map[string]struct {
		Build       string            `yaml:"build"`
		Image       string            `yaml:"image"`
		Restart     string            `yaml:"restart"`
		ReadOnly    bool              `yaml:"read_only"`
		CapDrop     []string          `yaml:"cap_drop"`
		SecurityOpt []string          `yaml:"security_opt"`
		Ports       []string          `yaml:"ports"`
		Volumes     []string          `yaml:"volumes"`
		Environment map[string]string `yaml:"environment"`
		Networks    []string          `yaml:"networks"`
		Ulimits     map[string]int    `yaml:"ulimits"`
		StopGrace   string            `yaml:"stop_grace_period"`
	} `yaml:"services"`
	Networks map[string]struct {
		IPAM struct {
			Config []struct {
				Subnet string `yaml:"subnet"`
			} `yaml:"config"`
		} `yaml:"ipam"`
	} `yaml:"networks"`
	Volumes map[string]any `yaml:"volumes"`
}

func TestComposeFiles(t *testing.T) {
	t.Parallel()
	settings, exposed := settingsTold(t), dockerfile(t)["EXPOSE"][0]
	for _, name := range []string{"compose.yaml", "compose.caddy.yaml"} {
		var file composeFile
		in := yaml.NewDecoder(strings.NewReader(textOf(t, "docs/deploy/"+name)))
		in.KnownFields(true)
		if err := in.Decode(&file); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		own := file.Services["deskbell"]
		if _, err := os.Stat(filepath.Join(repository, "docs/deploy", own.Build, "Dockerfile")); err != nil || own.Image == "" {
			t.Errorf("%s builds from %q: %v", name, own.Build, err)
		}
		if !own.ReadOnly || !slices.Equal(own.CapDrop, []string{"ALL"}) || !slices.Contains(own.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s: the program may do more than it needs", name)
		}
		if grace, err := time.ParseDuration(own.StopGrace); err != nil || grace < 15*time.Second {
			t.Errorf("%s: %v to end in (%v)", name, grace, err)
		}
		if !slices.Contains(own.Volumes, "data:/data") || own.Environment["DESKBELL_BASE_URL"] == "" {
			t.Errorf("%s: %v, %v", name, own.Volumes, own.Environment)
		}
		for variable := range own.Environment {
			if !settings[variable] {
				t.Errorf("%s: no setting: %s", name, variable)
			}
		}
		// Nobody comes to it from outside but through a proxy.
		for _, port := range own.Ports {
			if port != "127.0.0.1:"+exposed+":"+exposed {
				t.Errorf("%s: port %s", name, port)
			}
		}
		for of, service := range file.Services {
			for _, volume := range service.Volumes {
				source, _, _ := strings.Cut(volume, ":")
				_, declared := file.Volumes[source]
				if _, err := os.Stat(filepath.Join(repository, "docs/deploy", source)); !declared && (err != nil || !strings.HasPrefix(source, "./")) {
					t.Errorf("%s: %s has no volume %s", name, of, source)
				}
			}
			for _, network := range service.Networks {
				if _, declared := file.Networks[network]; !declared {
					t.Errorf("%s: %s has no network %s", name, of, network)
				}
			}
		}
		if proxy, behind := file.Services["caddy"]; behind {
			if believed, inner := own.Environment["DESKBELL_TRUSTED_PROXIES"], file.Networks["inner"].IPAM.Config; len(inner) != 1 || believed != inner[0].Subnet {
				t.Errorf("%s: it believes %s, and the proxy is in %v", name, believed, inner)
			}
			for _, variable := range regexp.MustCompile(`\{\$(\w+)`).FindAllStringSubmatch(textOf(t, "docs/deploy/Caddyfile"), -1) {
				if _, set := proxy.Environment[variable[1]]; !set {
					t.Errorf("%s: the Caddyfile wants %s, and there is %v", name, variable[1], slices.Sorted(maps.Keys(proxy.Environment)))
				}
			}
			if leads := proxy.Environment["UPSTREAM"]; leads != "deskbell:"+exposed {
				t.Errorf("%s: the proxy leads to %s", name, leads)
			}
		}
	}
}
