// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

//! Calls a helper of the kernel's.

extern "C" {
    fn rust_helper_IS_ERR(p: *const core::ffi::c_void) -> bool;
}

/// Called by main.c.
#[no_mangle]
pub extern "C" fn flags_glue(a: i64) -> i64 {
    // SAFETY: it is the kernel's, which does not follow the pointer.
    if unsafe { rust_helper_IS_ERR(a as *const core::ffi::c_void) } {
        1
    } else {
        0
    }
}
