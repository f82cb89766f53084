// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"fmt"
	"os"

	"rustc-lto-wrap/shim/formats/elfobj"
)

// ReadObject reads an object (host path).
func ReadObject(path string) (*elfobj.Object, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o, err := elfobj.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// HelperCalls counts the calls to helpers in an object (host path).
func HelperCalls(path string) (n int, err error) {
	o, err := ReadObject(path)
	if err != nil {
		return 0, err
	}
	return CallsIn(o), nil
}

// CallsIn counts the calls to helpers in an object.
func CallsIn(o *elfobj.Object) (n int) {
	for _, c := range o.Count(elfobj.IsHelper) {
		n += c.Calls
	}
	return n
}
