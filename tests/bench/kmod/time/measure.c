// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Times the loops. Each is run so often that it takes a millisecond or two; calls and clocks do not matter then. It prints, for
 * each,
 *
 *   lto_wrap_bench: loop=KIND.NAME lang=c|rust ops=N rounds=N cycles=N ns=N
 *
 * the least of all rounds: no interrupt fell into it. KIND is helper, pure or rust, as in loops.h. A loop whose sum differs
 * between C and Rust, or from round to round, is an error: it does something else than it should.
 */
#define pr_fmt(fmt) "lto_wrap_bench: " fmt

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/timex.h>

#include "loops.h"

#define ROUNDS		15
#define TARGET_NS	(1500 * NSEC_PER_USEC)

struct loop {
	const char *name;
	loop_fn *run[2];	/* by language */
};

static const struct loop loops[] = {
#define BOTH(kind, n) { .name = kind "." #n, .run = { time_c_##n, time_rust_##n } },
#define HELPER(n) BOTH("helper", n)
#define PURE(n) BOTH("pure", n)
#define RUST(n) { .name = "rust." #n, .run = { NULL, time_rust_##n } },
	HELPER_LOOPS(HELPER)
	PURE_LOOPS(PURE)
	RUST_LOOPS(RUST)
};

static const char *const lang[] = { "c", "rust" };

struct took {
	u64 cycles, ns;
};

static unsigned long run_once(loop_fn *run, unsigned long ops, void __user *user, struct took *took)
{
	unsigned long sum;
	u64 cycles, ns;

	ns = ktime_get_ns();
	cycles = get_cycles();
	sum = run(ops, user);
	took->cycles = get_cycles() - cycles;
	took->ns = ktime_get_ns() - ns;
	return sum;
}

/* calibrate: how many operations take long enough. Both languages run as many, so that their sums can be compared. */
static unsigned long calibrate(const struct loop *l, void __user *user)
{
	unsigned long ops = 64;
	struct took took;
	unsigned int try;
	u64 least;

	for (;;) {
		least = U64_MAX;
		for (try = 0; try < 3; try++) {
			run_once(l->run[1], ops, user, &took);
			least = min(least, took.ns);
		}
		if (least >= TARGET_NS / 2 || ops >= 1UL << 24)
			return ops;
		ops *= 2;
	}
}

/* time_loop: C and Rust take turns, so that a change of the processor's speed meets both. */
static int time_loop(const struct loop *l, void __user *user)
{
	struct took least[] = { { U64_MAX, U64_MAX }, { U64_MAX, U64_MAX } }, took;
	unsigned long sum, expected = 0, ops = calibrate(l, user);
	unsigned int round, which;
	bool first = true;

	for (round = 0; round < ROUNDS; round++) {
		for (which = 0; which < ARRAY_SIZE(lang); which++) {
			if (!l->run[which])
				continue;
			sum = run_once(l->run[which], ops, user, &took);
			if (first)
				expected = sum;
			first = false;
			if (sum != expected || sum == ULONG_MAX) {
				pr_err("loop=%s lang=%s ops=%lu: wrong: sum %lu instead of %lu\n", l->name, lang[which],
				       ops, sum, expected);
				return -EIO;
			}
			least[which].cycles = min(least[which].cycles, took.cycles);
			least[which].ns = min(least[which].ns, took.ns);
		}
		cond_resched();
	}
	for (which = 0; which < ARRAY_SIZE(lang); which++)
		if (l->run[which])
			pr_info("loop=%s lang=%s ops=%lu rounds=%u cycles=%llu ns=%llu\n", l->name, lang[which], ops, ROUNDS,
				least[which].cycles, least[which].ns);
	return 0;
}

/*
 * Calls of drivers in Rust, without the way from a process into the kernel, which in user-mode Linux takes longer than they do.
 * Writing to the module's parameter "calls" measures them, when the devices are there.
 */
#define CALLS 4096

static int call_device(struct file *file, void __user *user)
{
	return file->f_op->unlocked_ioctl(file, _IOWR('|', 0x90, u64), (unsigned long)user);
}

static int read_disk(struct file *file, void __user *user)
{
	static struct page *page;
	struct bio_vec vec;
	struct bio bio;
	int err;

	if (!page)
		page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	bio_init(&bio, file_bdev(file), &vec, 1, REQ_OP_READ);
	__bio_add_page(&bio, page, PAGE_SIZE, 0);
	err = submit_bio_wait(&bio);
	bio_uninit(&bio);
	return err;
}

static int time_calls(const char *name, struct file *file, int (*call)(struct file *, void __user *), void __user *user)
{
	u64 ns, least = U64_MAX;
	unsigned int round, i;
	int err;

	if (IS_ERR(file)) {
		pr_err("loop=call.%s: %pe\n", name, file);
		return PTR_ERR(file);
	}
	for (round = 0; round < ROUNDS; round++) {
		ns = ktime_get_ns();
		for (i = 0; i < CALLS; i++) {
			err = call(file, user);
			if (err) {
				pr_err("loop=call.%s: %pe\n", name, ERR_PTR(err));
				return err;
			}
		}
		least = min(least, ktime_get_ns() - ns);
		cond_resched();
	}
	pr_info("loop=call.%s lang=rust ops=%u rounds=%u cycles=0 ns=%llu\n", name, CALLS, ROUNDS, least);
	return 0;
}

static int measure_calls(const char *value, const struct kernel_param *kp)
{
	struct file *device = filp_open("/dev/lto-wrap-time", O_RDWR, 0);
	struct file *disk = bdev_file_open_by_path("/dev/bench", BLK_OPEN_READ, NULL, NULL);
	unsigned long user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
	int err;

	if (IS_ERR_VALUE(user))
		return (int)user;
	pr_info("begin\n");
	err = time_calls("device", device, call_device, (void __user *)user) ?:
	      time_calls("rnull_read", disk, read_disk, NULL);
	if (!err)
		pr_info("end\n");
	if (!IS_ERR(device))
		fput(device);
	if (!IS_ERR(disk))
		bdev_fput(disk);
	vm_munmap(user, PAGE_SIZE);
	return err;
}

static const struct kernel_param_ops calls = { .set = measure_calls };
module_param_cb(calls, &calls, NULL, 0200);

int lto_wrap_time_measure(void)
{
	unsigned long user;
	unsigned int i;
	int err = 0;

	/* Memory of the process that loads the module: something to copy from and to. */
	user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (IS_ERR_VALUE(user))
		return (int)user;
	pr_info("begin\n");
	for (i = 0; i < ARRAY_SIZE(loops) && !err; i++)
		err = time_loop(&loops[i], (void __user *)user);
	if (!err)
		pr_info("end\n");
	vm_munmap(user, PAGE_SIZE);
	return err;
}
