package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// heapGrowth is by how much of what is in use, in percent, memory may grow before
// it is cleaned up. A node uses little and makes much garbage: taking in an
// activity costs less than with the usual 100.
const heapGrowth = 200

// limitMemory has the program clean up more often where the machine has little
// memory: it tries to stay within GOMEMLIMIT if that is set, else within half of
// what there is. The rest is for the databases' caches and the system.
func limitMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	there := machineMemory(readText("/proc/meminfo"), readText("/sys/fs/cgroup/memory.max"))
	if os.Getenv("GOMEMLIMIT") == "" && there > 0 {
		debug.SetMemoryLimit(there / 2)
	}
}

// machineMemory is what there is, in bytes, by what Linux says of the machine
// and of the group that the process is in; 0 when it says nothing.
func machineMemory(meminfo, group string) int64 {
	_, rest, _ := strings.Cut(meminfo, "MemTotal:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kib, _ := strconv.ParseInt(number, 10, 54) // 0 where there is no number
	all := kib << 10
	if most, err := strconv.ParseInt(strings.TrimSpace(group), 10, 64); err == nil && most > 0 && (all == 0 || most < all) {
		all = most // "max" where there is no limit
	}
	return all
}

// readText is a small file, or nothing.
func readText(path string) string {
	b, _ := os.ReadFile(path)
	return string(b)
}

// idleConnections is how many connections to other hosts are kept open in a
// program that tries to stay within so many bytes.
func idleConnections(memory int64) int {
	const most, least, each = 2048, 128, 256 << 10
	return int(min(max(memory/each, least), most))
}
