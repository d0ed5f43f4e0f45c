package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ticks is how many of /proc's clock ticks a second has; it is the same on all of Linux.
const ticks = 100

// cpu gives the processor seconds of a process so far; 0 where there is none.
func cpu(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / ticks
}

// memory gives what a process has in memory now and had at most, in MiB.
func memory(pid int) (rss, peak float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "VmRSS":
			rss = kib / 1024
		case "VmHWM":
			peak = kib / 1024
		}
	}
	return rss, peak
}
