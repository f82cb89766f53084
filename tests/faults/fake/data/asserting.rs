// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// A crate that calls a helper, and a symbol that nothing defines unless the optimiser removes the call.
#![no_std]
extern "C" {
    fn rust_helper_foo(x: i32) -> i32;
    fn nothing_defines_this() -> !;
}
#[no_mangle]
pub extern "C" fn entry(n: i32) -> i32 {
    if n == 7 {
        unsafe { nothing_defines_this() }
    }
    unsafe { rust_helper_foo(n) }
}
