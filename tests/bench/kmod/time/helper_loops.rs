// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0

//! Loops in Rust around operations that are helpers, through the kernel's abstractions. Each does what the loop of the same
//! name in `loops_c.c` does. Sums wrap, as in C: the kernel may check additions for overflow, and a check is not the operation.

use core::{arch::asm, ffi::c_void};
use kernel::{
    alloc::KVec,
    bitmap::BitmapVec,
    error::from_err_ptr,
    new_mutex, new_spinlock,
    page::Page,
    prelude::*,
    rbtree::RBTree,
    sync::{
        atomic::{Atomic, Full, Relaxed},
        rcu, Arc, Completion,
    },
    uaccess::{UserPtr, UserSlice},
    workqueue::{self, impl_has_work, new_work, Work, WorkItem},
    xarray::{AllocKind, XArray},
};

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

/// Makes functions of the type `loop_fn` of `loops.h`.
macro_rules! loops {
    ($(fn $name:ident($ops:ident, $user:ident) $body:block)*) => {$(
        /// A loop, see `loops.h`.
        #[no_mangle]
        pub extern "C" fn $name($ops: usize, user: *mut c_void) -> usize {
            #[inline(always)]
            #[allow(unused_variables)]
            fn run($ops: usize, $user: UserPtr) -> Result<usize> $body
            run($ops, UserPtr::from_ptr(user)).unwrap_or(usize::MAX)
        }
    )*};
}

struct Counted {
    value: u64,
}

#[pin_data]
struct Job {
    #[pin]
    work: Work<Job>,
    #[pin]
    done: Completion,
}

impl_has_work! {
    impl HasWork<Self> for Job { self.work }
}

impl WorkItem for Job {
    type Pointer = Arc<Job>;

    fn run(this: Arc<Job>) {
        this.done.complete_all();
    }
}

loops! {
    fn time_rust_arc_clone_drop(ops, user) {
        let mut sum = 0usize;
        let c = Arc::new(Counted { value: 3 }, GFP_KERNEL)?;
        for _ in 0..ops {
            let d = c.clone();
            sum = sum.wrapping_add(d.value as usize);
            drop(d);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_arc_new_drop(ops, user) {
        let mut sum = 0usize;
        for i in 0..ops {
            let c = Arc::new(Counted { value: i as u64 }, GFP_KERNEL)?;
            // SAFETY: `hide` gives back the pointer that it was given.
            let c = unsafe { Arc::from_raw(hide(Arc::into_raw(c).cast_mut())) };
            sum = sum.wrapping_add(c.value as usize);
            drop(c);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_mutex(ops, user) {
        let m = KBox::pin_init(new_mutex!(0usize), GFP_KERNEL)?;
        for _ in 0..ops {
            let mut value = m.lock();
            *value = value.wrapping_add(1);
            drop(value);
            barrier();
        }
        let sum = *m.lock();
        Ok(sum)
    }

    fn time_rust_spinlock(ops, user) {
        let m = KBox::pin_init(new_spinlock!(0usize), GFP_KERNEL)?;
        for _ in 0..ops {
            let mut value = m.lock();
            *value = value.wrapping_add(1);
            drop(value);
            barrier();
        }
        let sum = *m.lock();
        Ok(sum)
    }

    fn time_rust_rcu_read(ops, user) {
        let mut sum = 0usize;
        for i in 0..ops {
            let guard = rcu::read_lock();
            sum = sum.wrapping_add(i);
            drop(guard);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_err_ptr(ops, user) {
        let mut sum = 0usize;
        let mut p = ENOENT.to_ptr::<c_void>();
        for _ in 0..ops {
            p = hide(p);
            sum = sum.wrapping_add(match from_err_ptr(p) {
                Ok(_) => 1,
                Err(e) => e.to_errno().wrapping_neg() as usize,
            });
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_kbox_new_drop(ops, user) {
        let mut sum = 0usize;
        for i in 0..ops {
            let b = KBox::new(i as u64, GFP_KERNEL)?;
            // SAFETY: `hide` gives back the pointer that it was given.
            let b = unsafe { KBox::from_raw(hide(KBox::into_raw(b))) };
            sum = sum.wrapping_add(*b as usize);
            drop(b);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_kvec_grow(ops, user) {
        let mut sum = 0usize;
        for i in 0..ops {
            let mut v = KVec::new();
            for _ in 0..16 {
                v.push(i as u64, GFP_KERNEL)?;
            }
            sum = sum.wrapping_add(v.len());
            drop(v);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_copy_from_user_8(ops, user) {
        let mut sum = 0usize;
        for _ in 0..ops {
            let word: u64 = UserSlice::new(user, 8).reader().read()?;
            sum = sum.wrapping_add(word as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_copy_from_user_256(ops, user) {
        let mut sum = 0usize;
        let mut buffer = KBox::new([0u8; 256], GFP_KERNEL)?;
        for _ in 0..ops {
            UserSlice::new(user, 256).reader().read_slice(&mut buffer[..])?;
            sum = sum.wrapping_add(usize::from(buffer[0]));
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_copy_to_user_8(ops, user) {
        for _ in 0..ops {
            let word = hide(core::ptr::null_mut::<c_void>()) as u64;
            UserSlice::new(user, 8).writer().write(&word)?;
            barrier();
        }
        Ok(0)
    }

    fn time_rust_atomic_load(ops, user) {
        let mut sum = 0usize;
        let a = KBox::new(Atomic::new(5i32), GFP_KERNEL)?;
        for _ in 0..ops {
            sum = sum.wrapping_add(a.load(Relaxed) as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_atomic_fetch_add(ops, user) {
        let mut sum = 0usize;
        let a = KBox::new(Atomic::new(0i32), GFP_KERNEL)?;
        for _ in 0..ops {
            sum = sum.wrapping_add((a.fetch_add(1, Full) & 1) as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_atomic_cmpxchg(ops, user) {
        let mut sum = 0usize;
        let a = KBox::new(Atomic::new(0i32), GFP_KERNEL)?;
        for i in 0..ops {
            sum = sum.wrapping_add(usize::from(a.cmpxchg(i as i32, (i as i32).wrapping_add(1), Full).is_ok()));
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_bitmap(ops, user) {
        let mut map = BitmapVec::new(256, GFP_KERNEL)?;
        for i in 0..ops {
            map.set_bit(i % 256);
            map.clear_bit(i.wrapping_add(128) % 256);
            barrier();
        }
        Ok(usize::from(map.next_bit(0) == Some(0)))
    }

    fn time_rust_xarray_get(ops, user) {
        let mut sum = 0usize;
        let xa = KBox::pin_init(XArray::<KBox<u64>>::new(AllocKind::Alloc), GFP_KERNEL)?;
        for i in 0..64 {
            let value = KBox::new(i as u64, GFP_KERNEL)?;
            if xa.lock().store(i, value, GFP_KERNEL).is_err() {
                return Err(ENOMEM);
            }
        }
        for i in 0..ops {
            if let Some(value) = xa.lock().get(i % 64) {
                sum = sum.wrapping_add(*value as usize);
            }
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_rbtree_replace(ops, user) {
        let mut sum = 0usize;
        let mut tree = RBTree::<u32, u64>::new();
        for i in 0..64u32 {
            let key = i * 7 % 64;
            tree.try_create_and_insert(key, 0, GFP_KERNEL)?;
        }
        for i in 0..ops {
            let key = (i.wrapping_mul(5) % 64) as u32;
            if let Some(node) = tree.remove_node(&key) {
                let node = node.into_reservation().into_node(key, i as u64);
                tree.insert(node);
            }
            barrier();
        }
        for (key, value) in &tree {
            sum = sum.wrapping_mul(31).wrapping_add(*key as usize ^ *value as usize);
        }
        Ok(sum)
    }

    fn time_rust_work_enqueue(ops, user) {
        let mut sum = 0usize;
        let job = Arc::pin_init(
            pin_init!(Job { work <- new_work!("Job::work"), done <- Completion::new() }),
            GFP_KERNEL,
        )?;
        for _ in 0..ops {
            sum = sum.wrapping_add(usize::from(workqueue::system().enqueue(job.clone()).is_err()));
            barrier();
        }
        job.done.wait_for_completion();
        Ok(sum)
    }

    fn time_rust_page_alloc_free(ops, user) {
        let mut sum = 0usize;
        for _ in 0..ops {
            let page = Page::alloc_page(GFP_KERNEL)?;
            sum = sum.wrapping_add(usize::from(!page.as_ptr().is_null()));
            drop(page);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_page_write(ops, user) {
        let page = Page::alloc_page(GFP_KERNEL)?;
        let mut words = [0u64; 4];
        for i in 0..ops {
            words[0] = i as u64;
            // SAFETY: `words` has that many bytes, and nobody else has the page.
            unsafe { page.write_raw(words.as_ptr().cast(), i % 64 * 32, 32)? };
            barrier();
        }
        Ok(0)
    }

    fn time_rust_task_pid(ops, user) {
        let mut sum = 0usize;
        for _ in 0..ops {
            sum = sum.wrapping_add(current!().pid() as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_signal_pending(ops, user) {
        let mut sum = 0usize;
        for _ in 0..ops {
            sum = sum.wrapping_add(usize::from(current!().signal_pending()));
            barrier();
        }
        Ok(sum)
    }
}
