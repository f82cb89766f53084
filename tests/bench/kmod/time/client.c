// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Times what a process sees of drivers in Rust: transactions of Binder between two processes, direct reads of the Rust null block
 * device, calls of the module's device. It prints lines as measure.c does, with loop=process.NAME; each takes the least of its
 * rounds. What fails is told with the errno, and is the exit status.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/android/binder.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 15, MAPPED = 1 << 20, BLOCK = 4096 };

static void fail(const char *what)
{
	printf("lto_wrap_bench: loop=process.%s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Runs an operation often. */
static void measure(const char *name, unsigned int ops, void (*op)(void *), void *data)
{
	uint64_t least = UINT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now(), took;

		for (unsigned int i = 0; i < ops; i++)
			op(data);
		took = now() - start;
		if (took < least)
			least = took;
	}
	printf("lto_wrap_bench: loop=process.%s lang=rust ops=%u rounds=%d cycles=0 ns=%llu\n", name, ops, ROUNDS,
	       (unsigned long long)least);
	fflush(stdout);
}

/* Binder: the part of one process. */
struct binder {
	int fd;
	uint8_t *read_at, *read_end;
	uint8_t written[512], read[512];
	size_t to_write;
	binder_uintptr_t to_free;	/* a buffer, given back with the next command; 0 if there is none */
};

static void binder_open(struct binder *b, const char *path)
{
	memset(b, 0, sizeof(*b));
	b->fd = open(path, O_RDWR | O_CLOEXEC);
	if (b->fd < 0)
		fail("binder, open");
	if (mmap(NULL, MAPPED, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, b->fd, 0) == MAP_FAILED)
		fail("binder, mmap");
}

static void binder_put(struct binder *b, uint32_t command, const void *data, size_t size)
{
	memcpy(b->written + b->to_write, &command, sizeof(command));
	memcpy(b->written + b->to_write + sizeof(command), data, size);
	b->to_write += sizeof(command) + size;
}

static void binder_free(struct binder *b)
{
	if (b->to_free)
		binder_put(b, BC_FREE_BUFFER, &b->to_free, sizeof(b->to_free));
	b->to_free = 0;
}

/* Writes what is to be written, and gives the next thing that Binder says. */
static uint32_t binder_next(struct binder *b, void *data)
{
	uint32_t said;

	if (b->read_at == b->read_end) {
		struct binder_write_read wr = {
			.write_buffer = (uintptr_t)b->written, .write_size = b->to_write,
			.read_buffer = (uintptr_t)b->read, .read_size = sizeof(b->read),
		};

		if (ioctl(b->fd, BINDER_WRITE_READ, &wr))
			fail("binder, write and read");
		b->to_write = 0;
		b->read_at = b->read;
		b->read_end = b->read + wr.read_consumed;
		if (b->read_at == b->read_end)
			return BR_NOOP;
	}
	memcpy(&said, b->read_at, sizeof(said));
	memcpy(data, b->read_at + sizeof(said), _IOC_SIZE(said));
	b->read_at += sizeof(said) + _IOC_SIZE(said);
	return said;
}

union said {
	struct binder_transaction_data transaction;
	struct binder_ptr_cookie node;
	uint8_t bytes[256];
};

/* Goes on until a transaction or a reply has come. */
static void binder_wait(struct binder *b, uint32_t awaited, union said *said)
{
	for (;;) {
		uint32_t what = binder_next(b, said);

		switch (what) {
		case BR_INCREFS:
			binder_put(b, BC_INCREFS_DONE, &said->node, sizeof(said->node));
			break;
		case BR_ACQUIRE:
			binder_put(b, BC_ACQUIRE_DONE, &said->node, sizeof(said->node));
			break;
		case BR_NOOP:
		case BR_RELEASE:
		case BR_DECREFS:
		case BR_TRANSACTION_COMPLETE:
		case BR_SPAWN_LOOPER:
			break;
		default:
			if (what == awaited)
				return;
			errno = EPROTO;
			fail("binder, an answer");
		}
	}
}

/* The server answers each transaction with nothing. */
static void serve(const char *path)
{
	struct binder b;
	struct binder_transaction_data reply = {};
	union said said;
	uint32_t enter = BC_ENTER_LOOPER;

	binder_open(&b, path);
	if (ioctl(b.fd, BINDER_SET_CONTEXT_MGR, 0))
		fail("binder, context manager");
	memcpy(b.written, &enter, sizeof(enter));
	b.to_write = sizeof(enter);
	for (;;) {
		binder_wait(&b, BR_TRANSACTION, &said);
		b.to_free = said.transaction.data.ptr.buffer;
		binder_free(&b);
		binder_put(&b, BC_REPLY, &reply, sizeof(reply));
	}
}

struct call {
	struct binder *binder;
	struct binder_transaction_data data;
};

static void transact(void *data)
{
	struct call *c = data;
	union said said;

	binder_free(c->binder);
	binder_put(c->binder, BC_TRANSACTION, &c->data, sizeof(c->data));
	binder_wait(c->binder, BR_REPLY, &said);
	c->binder->to_free = said.transaction.data.ptr.buffer;
}

static void binder(void)
{
	const char *path = "/binder/binder";
	static uint8_t bytes[BLOCK];
	struct flat_binder_object node = {
		.hdr.type = BINDER_TYPE_BINDER, .flags = FLAT_BINDER_FLAG_ACCEPTS_FDS, .binder = 1, .cookie = 1,
	};
	binder_size_t offset = 0;
	struct binder b;
	struct call call = { .binder = &b };
	pid_t server;

	mkdir("/binder", 0755);
	if (mount("binder", "/binder", "binder", 0, NULL))
		fail("binder, mount");
	server = fork();
	if (!server)
		serve(path);
	if (server < 0)
		fail("binder, fork");
	usleep(100000);	/* until it is the context manager */
	binder_open(&b, path);
	measure("binder_0", 500, transact, &call);
	call.data.data.ptr.buffer = (uintptr_t)bytes;
	call.data.data_size = sizeof(bytes);
	measure("binder_4096", 500, transact, &call);
	call.data.data.ptr.buffer = (uintptr_t)&node;
	call.data.data_size = sizeof(node);
	call.data.data.ptr.offsets = (uintptr_t)&offset;
	call.data.offsets_size = sizeof(offset);
	measure("binder_node", 500, transact, &call);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	close(b.fd);
}

struct disk {
	int fd;
	void *block;
};

static void read_block(void *data)
{
	struct disk *d = data;

	if (pread(d->fd, d->block, BLOCK, 0) != BLOCK)
		fail("rnull, read");
}

static void rnull(void)
{
	struct disk d;
	int power;

	mkdir("/configfs", 0755);
	if (mount("configfs", "/configfs", "configfs", 0, NULL))
		fail("rnull, mount");
	if (mkdir("/configfs/rnull/bench", 0755))
		fail("rnull, mkdir");
	power = open("/configfs/rnull/bench/power", O_WRONLY);
	if (power < 0 || write(power, "1\n", 2) != 2)
		fail("rnull, power");
	close(power);
	d.fd = open("/dev/bench", O_RDONLY | O_DIRECT);
	if (d.fd < 0 || posix_memalign(&d.block, BLOCK, BLOCK))
		fail("rnull, open");
	measure("rnull_read", 1000, read_block, &d);
	close(d.fd);
}

/* Has the module measure what it can without a process. */
static void calls(void)
{
	int fd = open("/sys/module/lto_wrap_time/parameters/calls", O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		fail("calls");
	close(fd);
}

static void add(void *data)
{
	uint64_t value = 1;

	if (ioctl(*(int *)data, _IOWR('|', 0x90, uint64_t), &value) || !value)
		fail("device, call");
}

/* What every call of the kernel takes here. */
static void nothing(void *data)
{
	(void)data;
	getppid();
}

int main(void)
{
	int device = open("/dev/lto-wrap-time", O_RDWR);

	if (device < 0)
		fail("device, open");
	printf("lto_wrap_bench: begin\n");
	measure("getppid", 2000, nothing, NULL);
	measure("device", 2000, add, &device);
	rnull();
	binder();
	printf("lto_wrap_bench: end\n");
	fflush(stdout);
	calls();
	return 0;
}
