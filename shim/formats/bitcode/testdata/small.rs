// rustc.bc: rustc --crate-type=rlib --emit=llvm-bc -Copt-level=1 -Cpanic=abort; rustc 1.85.1.
#![no_std]
extern "C" {
    fn rust_helper_BUG() -> !;
    fn rust_helper_refcount_inc(r: *mut u32);
    static jiffies: u64;
}

#[no_mangle]
pub unsafe extern "C" fn defined(r: *mut u32) -> u64 {
    if r.is_null() {
        rust_helper_BUG()
    }
    rust_helper_refcount_inc(r);
    jiffies
}
