// Command assets builds everything a browser loads: the chat widget from
// widget/src into widget/dist, and the console's styles, scripts and vendored
// files into static/dist. Run it from anywhere inside the repository as
//
//	go run -C internal/tools ./assets
//
// Its outputs are committed, so the same sources always give the same bytes. It
// fails when a source does not compile or a file grows over its size budget.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The budgets are promises to the people whose pages carry the widget; they are
// counted in bytes as sent with brotli.
const (
	launcherBudget      = 4096
	panelBudget         = 12288
	consoleStyleBudget  = 12 * 1024
	consoleScriptBudget = 20 * 1024
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return fmt.Errorf("run this with `go run -C internal/tools ./assets`: %w", err)
	}
	widget, widgetBudgets, err := buildWidget(filepath.Join(root, "widget"))
	if err != nil {
		return err
	}
	console, consoleBudgets, err := buildConsole(filepath.Join(root, "static"))
	if err != nil {
		return err
	}
	if err := widget.save(filepath.Join(root, "widget", "dist")); err != nil {
		return err
	}
	if len(console.files) > 0 {
		if err := console.save(filepath.Join(root, "static", "dist")); err != nil {
			return err
		}
	}
	printSizes(os.Stdout, widget, console)
	return errors.Join(check(append(widgetBudgets, consoleBudgets...))...)
}

// budget is one promise about size: used bytes of brotli against the most allowed.
type budget struct {
	what      string
	used, max int
}

func check(budgets []budget) []error {
	var over []error
	for _, b := range budgets {
		fmt.Printf("%-32s %7d of %d bytes (brotli)\n", b.what, b.used, b.max)
		if b.used > b.max {
			over = append(over, fmt.Errorf("%s is %d bytes over its budget", b.what, b.used-b.max))
		}
	}
	return over
}
