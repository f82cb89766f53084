// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

//! A crate that calls no helper.
#![no_std]
#![crate_type = "rlib"]
#[no_mangle]
pub fn plain_entry(x: u32) -> u32 {
    x ^ 5
}
