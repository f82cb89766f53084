// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The loops in C, where each operation is a macro or an inline function. What is here is there in loops_rust.rs, in the
 * same order and shape: a difference between the two is a difference in what is measured.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "loops.h"

#define LOOP(name, type, body)							\
	unsigned long bench_c_##name(void *of, unsigned long ops)		\
	{									\
		type *object = (type *)of;					\
		unsigned long i, sum = 0;					\
										\
		for (i = 0; i < ops; i++) {					\
			body;							\
			barrier(); /* an operation is not merged with the next one */ \
		}								\
		(void)object;							\
		return sum;							\
	}

/* What the loop itself costs. */
LOOP(empty, void, {})

/* 20 instructions on each machine: tells what unit the counter has. */
LOOP(nops, void, asm volatile(".rept 20\n\tnop\n\t.endr"))

LOOP(refcount_inc, refcount_t, refcount_inc(object))

LOOP(refcount_inc_dec, refcount_t, {
	refcount_inc(object);
	sum += refcount_dec_and_test(object);
})

LOOP(spin_lock_unlock, spinlock_t, {
	spin_lock(object);
	spin_unlock(object);
})

LOOP(is_err, const void, {
	OPTIMIZER_HIDE_VAR(object);
	sum += IS_ERR(object);
})

LOOP(copy_from_user, void __user, {
	u64 word;

	sum += copy_from_user(&word, object, sizeof(word));
})

LOOP(copy_to_user, void __user, {
	u64 word = i;

	sum += copy_to_user(object, &word, sizeof(word));
})

#ifdef BENCH_ATOMIC
LOOP(atomic_read, atomic_t, sum += atomic_read(object))

LOOP(atomic_add, atomic_t, atomic_add(1, object))

LOOP(atomic_try_cmpxchg, atomic_t, {
	int old = i;

	sum += atomic_try_cmpxchg(object, &old, old + 1);
})
#endif
