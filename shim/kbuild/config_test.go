// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConfig(t *testing.T) {
	long := strings.Repeat("a/b.cpio ", 20_000)
	text := "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.12.107 Kernel Configuration\n#\n" +
		"CONFIG_CC_VERSION_TEXT=\"clang = 19\"\r\nCONFIG_INITRAMFS_SOURCE=\"" + long + "\"\n# CONFIG_LTO_CLANG is not set\nCONFIG_RUST=y"
	options, kernel := ParseConfig([]byte(text))
	if kernel != "Linux/x86 6.12.107" {
		t.Errorf("the kernel is %q", kernel)
	}
	want := map[string]string{"CONFIG_CC_VERSION_TEXT": `"clang = 19"`, "CONFIG_INITRAMFS_SOURCE": `"` + long + `"`, "CONFIG_RUST": "y"}
	if d := cmp.Diff(want, options); d != "" {
		t.Errorf("the options (-want +got):\n%s", d)
	}
}

// FuzzParseConfig checks that each option that is found is a line of the text, and
// that a line after the text is found.
func FuzzParseConfig(f *testing.F) {
	for _, file := range []string{"../../tests/lab/x86_64.config"} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("# Linux/x86 6.12.107 Kernel Configuration\nCONFIG_RUST=y\nCONFIG_A=\"x=y\"\r\n# CONFIG_B is not set\nCONFIG_="))
	f.Fuzz(func(t *testing.T, text []byte) {
		options, _ := ParseConfig(append(text[:len(text):len(text)], "\nCONFIG_THE_LAST=m"...))
		if options["CONFIG_THE_LAST"] != "m" {
			t.Error("the last line is not read")
		}
		for name, value := range options {
			if name != "CONFIG_THE_LAST" && !strings.Contains(string(text), name+"="+value) {
				t.Errorf("there is no %s=%s", name, value)
			}
		}
	})
}
