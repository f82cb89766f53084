// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

//! Calls a function of its own module that has a helper's name.

extern "C" {
    fn rust_helper_IS_ERR(p: *const core::ffi::c_void) -> bool;
}

/// Called by main.c.
#[no_mangle]
pub extern "C" fn own_glue(a: i64) -> i64 {
    // SAFETY: mine.c defines it with this type, and does not follow the pointer.
    if unsafe { rust_helper_IS_ERR(a as *const core::ffi::c_void) } {
        42
    } else {
        0
    }
}
