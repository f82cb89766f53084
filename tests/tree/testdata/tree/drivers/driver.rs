//! A driver, compiled as a module.
#![no_std]

#[no_mangle]
pub extern "C" fn driver_kind() -> u8 {
    unsafe { kernel::bindings::kind() }
}

#[no_mangle]
pub extern "C" fn driver_remember(n: i32) -> i32 {
    kernel::remember(n)
}

/// This helper needs `counter`, which is not exported: it must stay a call here.
#[no_mangle]
pub extern "C" fn driver_next() -> i32 {
    unsafe { kernel::bindings::next_number() }
}
