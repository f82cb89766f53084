// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0

//! The loops in Rust, where each operation is a helper, and the module itself.
//!
//! What is here is there in `loops_c.c`, in the same order and shape: a difference between the two is a difference in
//! what is measured.

use core::arch::asm;
use core::ffi::c_void;
use core::mem::size_of;
use kernel::{bindings, error::to_result, prelude::*};

module! {
    type: LtoWrapBench,
    name: "lto_wrap_bench",
    description: "Times loops around helpers, in Rust and in C",
    license: "GPL",
}

/// A module that never stays: loading it measures, prints, and fails with `EAGAIN`, as `crypto/tcrypt.c` does. It can be
/// loaded again at once, and another build of it too.
enum LtoWrapBench {}

extern "C" {
    fn lto_wrap_bench_measure() -> i32;
}

impl kernel::Module for LtoWrapBench {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        // SAFETY: It has no requirements.
        to_result(unsafe { lto_wrap_bench_measure() })?;
        Err(EAGAIN)
    }
}

/// `barrier()` of `include/linux/compiler.h`.
#[inline(always)]
fn barrier() {
    // SAFETY: There is no instruction.
    unsafe { asm!("", options(nostack)) };
}

/// `OPTIMIZER_HIDE_VAR()` of `include/linux/compiler.h`.
#[inline(always)]
fn hide<T>(mut p: *mut T) -> *mut T {
    // SAFETY: The one instruction is a comment.
    unsafe { asm!("/* {0} */", inout(reg) p, options(pure, nomem, nostack)) };
    p
}

/// Makes functions of the type `loop_fn` of `loops.h`: the body runs `ops` times, `object` points to what the operation is
/// done on, `sum` adds up what it returns, and `i` counts.
macro_rules! bench_loops {
    ($($(#[$attr:meta])* fn $name:ident($object:ident: $type:ty, $sum:ident, $i:ident) $body:block)*) => {$(
        /// # Safety
        ///
        /// `of` must point to what the operation takes.
        $(#[$attr])*
        #[no_mangle]
        pub unsafe extern "C" fn $name(of: *mut c_void, ops: usize) -> usize {
            #[allow(unused_mut, unused_variables)]
            let mut $object = of.cast::<$type>();
            #[allow(unused_mut)]
            let mut $sum = 0usize;
            let mut $i = 0usize;
            while $i < ops {
                $body
                barrier(); // an operation is not merged with the next one
                $i = $i.wrapping_add(1);
            }
            $sum
        }
    )*};
}

bench_loops! {
    fn bench_rust_empty(object: c_void, sum, i) {}

    fn bench_rust_nops(object: c_void, sum, i) {
        // SAFETY: They do nothing.
        unsafe { asm!(".rept 20", "nop", ".endr", options(nostack)) };
    }

    fn bench_rust_refcount_inc(object: bindings::refcount_t, sum, i) {
        // SAFETY: `object` is a refcount.
        unsafe { bindings::refcount_inc(object) };
    }

    fn bench_rust_refcount_inc_dec(object: bindings::refcount_t, sum, i) {
        // SAFETY: `object` is a refcount.
        unsafe { bindings::refcount_inc(object) };
        // SAFETY: `object` is a refcount.
        sum = sum.wrapping_add(unsafe { bindings::refcount_dec_and_test(object) } as usize);
    }

    fn bench_rust_spin_lock_unlock(object: bindings::spinlock_t, sum, i) {
        // SAFETY: `object` is a lock that nobody holds.
        unsafe { bindings::spin_lock(object) };
        // SAFETY: The lock was taken above.
        unsafe { bindings::spin_unlock(object) };
    }

    fn bench_rust_is_err(object: c_void, sum, i) {
        object = hide(object);
        // SAFETY: Any pointer is good.
        sum = sum.wrapping_add(unsafe { bindings::IS_ERR(object) } as usize);
    }

    fn bench_rust_copy_from_user(object: c_void, sum, i) {
        let mut word = 0u64;
        let to = (&mut word as *mut u64).cast();
        // SAFETY: `to` has room for that many bytes.
        sum = sum.wrapping_add(unsafe { bindings::copy_from_user(to, object, size_of::<u64>() as _) } as usize);
    }

    fn bench_rust_copy_to_user(object: c_void, sum, i) {
        let word = i as u64;
        let from = (&word as *const u64).cast();
        // SAFETY: `from` holds that many bytes.
        sum = sum.wrapping_add(unsafe { bindings::copy_to_user(object, from, size_of::<u64>() as _) } as usize);
    }

    #[cfg(bench_atomic)]
    fn bench_rust_atomic_read(object: bindings::atomic_t, sum, i) {
        // SAFETY: `object` is an atomic.
        sum = sum.wrapping_add(unsafe { bindings::atomic_read(object) } as usize);
    }

    #[cfg(bench_atomic)]
    fn bench_rust_atomic_add(object: bindings::atomic_t, sum, i) {
        // SAFETY: `object` is an atomic.
        unsafe { bindings::atomic_add(1, object) };
    }

    #[cfg(bench_atomic)]
    fn bench_rust_atomic_try_cmpxchg(object: bindings::atomic_t, sum, i) {
        let mut old = i as i32;
        // SAFETY: `object` is an atomic, `old` a variable.
        sum = sum.wrapping_add(unsafe { bindings::atomic_try_cmpxchg(object, &mut old, old.wrapping_add(1)) } as usize);
    }
}
