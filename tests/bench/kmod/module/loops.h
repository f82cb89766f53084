/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef LTO_WRAP_BENCH_LOOPS_H
#define LTO_WRAP_BENCH_LOOPS_H

/*
 * A loop does its operation @ops times on @object and returns the sum of what the operation returned, 0 if that is
 * nothing.
 */
typedef unsigned long loop_fn(void *object, unsigned long ops);

/* Each loop is there twice: bench_c_NAME in loops_c.c, bench_rust_NAME in loops_rust.rs. */
#define BENCH_LOOPS(DO)		\
	DO(empty)		\
	DO(nops)		\
	DO(refcount_inc)	\
	DO(refcount_inc_dec)	\
	DO(spin_lock_unlock)	\
	DO(is_err)		\
	DO(copy_from_user)	\
	DO(copy_to_user)

#ifdef BENCH_ATOMIC
#define BENCH_ATOMIC_LOOPS(DO)	\
	DO(atomic_read)		\
	DO(atomic_add)		\
	DO(atomic_try_cmpxchg)
#else
#define BENCH_ATOMIC_LOOPS(DO)
#endif

#define DECLARE_LOOP(name) loop_fn bench_c_##name, bench_rust_##name;
BENCH_LOOPS(DECLARE_LOOP)
BENCH_ATOMIC_LOOPS(DECLARE_LOOP)

/* What loops_rust.rs calls when the module is loaded; 0 or a negative error number. */
int lto_wrap_bench_measure(void);

#endif
