package main

import "testing"

func TestMachineMemory(t *testing.T) {
	const meminfo = "MemTotal:         262144 kB\nMemFree:           12345 kB\n"
	for _, test := range []struct {
		meminfo, group string
		want           int64
	}{
		{meminfo, "max\n", 256 << 20},
		{meminfo, "134217728\n", 128 << 20},
		{meminfo, "8589934592\n", 256 << 20},
		{meminfo, "", 256 << 20},
		{"", "134217728\n", 128 << 20},
		{"", "", 0},
		{"MemTotal: much\n", "0", 0},
	} {
		if got := machineMemory(test.meminfo, test.group); got != test.want {
			t.Errorf("machineMemory(%q, %q) = %d, want %d", test.meminfo, test.group, got, test.want)
		}
	}
}

func TestIdleConnections(t *testing.T) {
	for memory, want := range map[int64]int{0: 128, 128 << 20: 512, 1 << 30: 2048, 1 << 62: 2048} {
		if got := idleConnections(memory); got != want {
			t.Errorf("idleConnections(%d) = %d, want %d", memory, got, want)
		}
	}
}
