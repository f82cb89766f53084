// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package settings

import (
	"fmt"
	"strings"

	"github.com/google/shlex"
	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/shim/host"
)

// Split splits the value of an environment variable into words, as a shell
// would. No words are nil. The error is a [*host.Failure] that names the
// variable.
func Split(name, value string) ([]string, error) {
	w, err := shlex.Split(value)
	if err != nil {
		return nil, &host.Failure{
			What:   fmt.Sprintf("the environment variable %s is not a list of shell words: %v: %q", name, err, value),
			Hint:   "check its quotes",
			Status: 1,
		}
	}
	if len(w) == 0 {
		return nil, nil
	}
	return w, nil
}

// Join is the inverse of [Split]. A word with "#" or a carriage return is quoted: shlex,
// which Split uses, takes them for the beginning of a comment and for a blank, and
// shellquote does not quote them.
func Join(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if strings.ContainsAny(w, "#\r") {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		} else {
			quoted[i] = shellquote.Join(w)
		}
	}
	return strings.Join(quoted, " ")
}
