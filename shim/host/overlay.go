// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"slices"
	"strings"
)

// Overlay is a host with variables on top of those of this process. A variable that is ""
// there is not set.
type Overlay struct {
	Host
	Env map[string]string
}

// Getenv implements [Host].
func (o *Overlay) Getenv(key string) string {
	if v, ok := o.Env[key]; ok {
		return v
	}
	return o.Host.Getenv(key)
}

// Environ implements [Host].
func (o *Overlay) Environ() []string {
	out := slices.DeleteFunc(o.Host.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		_, ok := o.Env[name]
		return ok
	})
	for name, value := range o.Env {
		if value != "" {
			out = append(out, name+"="+value)
		}
	}
	return out
}
