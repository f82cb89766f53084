//! The crate that wraps the helpers.
#![no_std]

pub use bindings;

#[no_mangle]
pub extern "C" fn kernel_answer() -> i32 {
    unsafe { bindings::twice(20) + bindings::next_number() - 39 }
}

#[no_mangle]
pub extern "C" fn kernel_kind() -> u8 {
    unsafe { bindings::kind() }
}

#[no_mangle]
pub static KERNEL_TABLE: unsafe extern "C" fn(i32) -> i32 = bindings::by_address;

#[inline]
pub fn remember(n: i32) -> i32 {
    unsafe { bindings::remember(n) }
}

/// The helper's static variable is one for all crates.
#[no_mangle]
pub extern "C" fn kernel_remember(n: i32) -> i32 {
    remember(n)
}
