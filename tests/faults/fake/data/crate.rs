// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

//! A crate that calls two helpers, for the bitcode and objects here.
#![no_std]
#![crate_type = "rlib"]
extern "C" {
    fn rust_helper_foo(x: u32) -> u32;
    fn rust_helper_bar(x: u32) -> u32;
}
#[no_mangle]
pub fn crate_entry(x: u32) -> u32 {
    unsafe { rust_helper_foo(x) ^ rust_helper_bar(x) }
}
