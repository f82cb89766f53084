// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package settings

import (
	"fmt"

	"github.com/google/shlex"

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
