// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Times the loops. Each loop is run with two numbers of operations: the difference is free of what a call of the loop and of
 * the clocks costs. What it prints is, for each,
 *
 *   lto_wrap_bench: loop=NAME lang=c|rust ops=N rounds=N cycles=N ns=N
 *
 * the least of all rounds: no interrupt fell into it. They are not disabled, since not every kernel allows copies from and to
 * user space then. cycles is the difference of two get_cycles(), ns that of two ktime_get_ns().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/printk.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/timex.h>

#include "loops.h"

#define ROUNDS	20
#define OPS	5000

static refcount_t refcount;
static atomic_t atomic;
static DEFINE_SPINLOCK(lock);

struct loop {
	const char *name;
	loop_fn *run[2];	/* by language */
	void *object;
	unsigned int sum;	/* what one operation adds to the loop's sum */
	unsigned int counted;	/* what one operation adds to the counters above */
};

static const char *const lang[] = { "c", "rust" };

struct took {
	u64 cycles, ns;
};

/* run_once: makes @least less, if this run took less; 0, or -EIO if the loop did something else than it should. */
static int run_once(const struct loop *l, unsigned int which, unsigned long ops, struct took *least)
{
	unsigned long sum;
	u64 cycles, ns;

	refcount_set(&refcount, 1);
	atomic_set(&atomic, 0);
	ns = ktime_get_ns();
	cycles = get_cycles();
	sum = l->run[which](l->object, ops);
	cycles = get_cycles() - cycles;
	ns = ktime_get_ns() - ns;
	if (sum != l->sum * ops || refcount_read(&refcount) - 1 + atomic_read(&atomic) != l->counted * ops) {
		pr_err("loop=%s lang=%s ops=%lu: wrong: sum %lu, refcount %u, atomic %d\n", l->name, lang[which], ops, sum,
		       refcount_read(&refcount), atomic_read(&atomic));
		return -EIO;
	}
	least->cycles = min(least->cycles, cycles);
	least->ns = min(least->ns, ns);
	return 0;
}

/* time_loop: C and Rust take turns, so that a change of the processor's speed meets both. */
static int time_loop(const struct loop *l, unsigned long ops)
{
	struct took least[] = { { U64_MAX, U64_MAX }, { U64_MAX, U64_MAX } };
	unsigned int round, which;
	int err;

	for (round = 0; round < ROUNDS; round++) {
		for (which = 0; which < ARRAY_SIZE(lang); which++) {
			err = run_once(l, which, ops, &least[which]);
			if (err)
				return err;
		}
		cond_resched();
	}
	for (which = 0; which < ARRAY_SIZE(lang); which++)
		pr_info("loop=%s lang=%s ops=%lu rounds=%u cycles=%llu ns=%llu\n", l->name, lang[which], ops, ROUNDS,
			least[which].cycles, least[which].ns);
	return 0;
}

static int time_loops(void *user)
{
	const struct loop loops[] = {
#define TIMED(n, o, s, k) { .name = #n, .run = { bench_c_##n, bench_rust_##n }, .object = o, .sum = s, .counted = k }
		TIMED(empty, NULL, 0, 0),
		TIMED(nops, NULL, 0, 0),
		TIMED(refcount_inc, &refcount, 0, 1),
		TIMED(refcount_inc_dec, &refcount, 0, 0),
		TIMED(spin_lock_unlock, &lock, 0, 0),
		TIMED(is_err, ERR_PTR(-ENOENT), 1, 0),
		TIMED(copy_from_user, user, 0, 0),
		TIMED(copy_to_user, user, 0, 0),
#ifdef BENCH_ATOMIC
		TIMED(atomic_read, &atomic, 0, 0),
		TIMED(atomic_add, &atomic, 0, 1),
		TIMED(atomic_try_cmpxchg, &atomic, 1, 1),
#endif
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(loops) && !err; i++) {
		err = time_loop(&loops[i], OPS);
		if (!err)
			err = time_loop(&loops[i], 2 * OPS);
	}
	return err;
}

int lto_wrap_bench_measure(void)
{
	unsigned long user;
	int err;

	/* Memory of the process that loads the module: something to copy from and to. */
	user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (IS_ERR_VALUE(user))
		return (int)user;
	pr_info("begin\n");
	err = time_loops((void *)user);
	if (!err)
		pr_info("end\n");
	vm_munmap(user, PAGE_SIZE);
	return err;
}
