//go:build !linux

package metrics

func processUsage() usage { return usage{} }
