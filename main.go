// Command deskbell is self-hosted live chat for support teams: one binary, no other services.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"deskbell/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Run(ctx, os.Args[1:], os.Environ(), app.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
