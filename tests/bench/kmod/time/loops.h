/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef LTO_WRAP_TIME_LOOPS_H
#define LTO_WRAP_TIME_LOOPS_H

/*
 * A loop does its operation @ops times, on objects of its own or on memory of the process at @user, and returns the sum of what
 * the operations returned, or ULONG_MAX if it could not do them.
 */
typedef unsigned long loop_fn(unsigned long ops, void __user *user);

/*
 * Left out where instructions are counted (COUNTED=y): an item that is still queued is not queued again, and how often that is so
 * depends on when the worker runs. C and Rust would do different work then, and their sums would differ.
 */
#ifdef LTO_WRAP_COUNTED
#define UNSTEADY_LOOPS(DO)
#else
#define UNSTEADY_LOOPS(DO) DO(work_enqueue)
#endif

/*
 * Loops around operations that are helpers for Rust, and inline functions or macros for C: time_c_NAME in loops_c.c,
 * time_rust_NAME in helper_loops.rs.
 */
#define HELPER_LOOPS(DO)	\
	DO(arc_clone_drop)	\
	DO(arc_new_drop)	\
	DO(mutex)		\
	DO(spinlock)		\
	DO(rcu_read)		\
	DO(err_ptr)		\
	DO(kbox_new_drop)	\
	DO(kvec_grow)		\
	DO(copy_from_user_8)	\
	DO(copy_from_user_256)	\
	DO(copy_to_user_8)	\
	DO(atomic_load)		\
	DO(atomic_fetch_add)	\
	DO(atomic_cmpxchg)	\
	DO(bitmap)		\
	DO(xarray_get)		\
	DO(rbtree_replace)	\
	UNSTEADY_LOOPS(DO)	\
	DO(page_alloc_free)	\
	DO(page_write)		\
	DO(task_pid)		\
	DO(signal_pending)

/* Loops without a helper, in both languages: loops_c.c, pure_loops.rs. */
#define PURE_LOOPS(DO)		\
	DO(empty)		\
	DO(kvec_push)		\
	DO(list_rotate)		\
	DO(rbtree_get)		\
	DO(clock)		\
	DO(iter_sum)		\
	DO(dot_product)		\
	DO(matrix)		\
	DO(hash)		\
	DO(copy_64)		\
	DO(copy_slice)		\
	DO(compare)		\
	DO(parse)

/* Loops in Rust alone, whose operations C has no counterpart for: pure_loops.rs. */
#define RUST_LOOPS(DO)		\
	DO(sort)		\
	DO(binary_search)	\
	DO(format)		\
	DO(utf8)		\
	DO(options)		\
	DO(state_machine)	\
	DO(trait_object)	\
	DO(windows)

#define DECLARE_C(name) loop_fn time_c_##name;
#define DECLARE_RUST(name) loop_fn time_rust_##name;
HELPER_LOOPS(DECLARE_C)
HELPER_LOOPS(DECLARE_RUST)
PURE_LOOPS(DECLARE_C)
PURE_LOOPS(DECLARE_RUST)
RUST_LOOPS(DECLARE_RUST)

/* What device.rs calls when the module is loaded; 0 or a negative error number. */
int lto_wrap_time_measure(void);

#endif
