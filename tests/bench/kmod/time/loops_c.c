// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The loops in C. Each does what the loop of the same name in helper_loops.rs or pure_loops.rs does, as a driver would write
 * it in C, with the same objects and the same results.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/compiler.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kstrtox.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "loops.h"

/* What comes before and behind the loop is given besides its body. */
#define LOOP(name, before, body, behind)					\
	unsigned long time_c_##name(unsigned long ops, void __user *user)	\
	{									\
		unsigned long i, sum = 0;					\
		before;								\
		for (i = 0; i < ops; i++) {					\
			body;							\
			barrier(); /* an operation is not merged with the next one */ \
		}								\
		behind;								\
		return sum;							\
	}

/* As Kmalloc in rust/kernel/alloc/allocator.rs; kmalloc() is quicker where the size is a constant. */
static __always_inline void *allocate(void *old, size_t size)
{
	return krealloc_node_align(old, size, 8, GFP_KERNEL, NUMA_NO_NODE);
}

/* As Allocator::free in rust/kernel/alloc.rs; kfree() is quicker. */
static __always_inline void release(const void *p)
{
	(void)krealloc_node_align(p, 0, 1, 0, NUMA_NO_NODE);
}

struct counted {
	refcount_t refcount;
	u64 value;
};

static struct counted *counted_new(u64 value)
{
	struct counted *c = kmalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	refcount_set(&c->refcount, 1);
	c->value = value;
	return c;
}

static inline void counted_put(struct counted *c)
{
	if (refcount_dec_and_test(&c->refcount))
		release(c);
}

LOOP(arc_clone_drop, struct counted *c = counted_new(3); if (!c) return ULONG_MAX, {
	refcount_inc(&c->refcount);
	sum += c->value;
	counted_put(c);
}, counted_put(c))

LOOP(arc_new_drop, , {
	struct counted *c = allocate(NULL, sizeof(*c));

	if (!c)
		return ULONG_MAX;
	refcount_set(&c->refcount, 1);
	c->value = i;
	OPTIMIZER_HIDE_VAR(c);
	sum += c->value;
	counted_put(c);
}, )

static DEFINE_MUTEX(mutex);
static DEFINE_SPINLOCK(lock);
static u64 protected;

LOOP(mutex, protected = 0, {
	mutex_lock(&mutex);
	protected++;
	mutex_unlock(&mutex);
}, sum = protected)

LOOP(spinlock, protected = 0, {
	spin_lock(&lock);
	protected++;
	spin_unlock(&lock);
}, sum = protected)

LOOP(rcu_read, , {
	rcu_read_lock();
	sum += i;
	rcu_read_unlock();
}, )

LOOP(err_ptr, void *p = ERR_PTR(-ENOENT), {
	OPTIMIZER_HIDE_VAR(p);
	sum += IS_ERR(p) ? -(int)PTR_ERR(p) : 1;
}, )

LOOP(kbox_new_drop, , {
	u64 *p = allocate(NULL, sizeof(*p));

	if (!p)
		return ULONG_MAX;
	*p = i;
	OPTIMIZER_HIDE_VAR(p);
	sum += *p;
	release(p);
}, )

struct vec {
	u64 *data;
	size_t len, capacity;
};

static inline int vec_push(struct vec *v, u64 value)
{
	if (v->len == v->capacity) {
		size_t capacity = max(v->capacity * 2, v->len + 1);
		u64 *data = allocate(v->data, array_size(capacity, sizeof(u64)));

		if (!data)
			return -ENOMEM;
		v->data = data;
		v->capacity = capacity;
	}
	v->data[v->len++] = value;
	return 0;
}

LOOP(kvec_grow, , {
	struct vec v = {};
	int k;

	for (k = 0; k < 16; k++)
		if (vec_push(&v, i))
			return ULONG_MAX;
	sum += v.len;
	release(v.data);
}, )

LOOP(kvec_push, struct vec v = {}; int k; for (k = 0; k < 1024; k++) if (vec_push(&v, k)) return ULONG_MAX; v.len = 0, {
	if (v.len == 1024)
		v.len = 0;
	if (vec_push(&v, i))
		return ULONG_MAX;
}, sum = v.len + v.capacity; kfree(v.data))

LOOP(copy_from_user_8, , {
	u64 word;

	if (copy_from_user(&word, user, sizeof(word)))
		return ULONG_MAX;
	sum += word;
}, )

struct user_slice {
	void __user *ptr;
	size_t length;
};

/* As UserSliceReader::read_slice() in rust/kernel/uaccess.rs, which is not inline. */
static noinline int read_slice(struct user_slice *from, void *to, size_t n)
{
	if (n > from->length || copy_from_user(to, from->ptr, n))
		return -EFAULT;
	from->ptr += n;
	from->length -= n;
	return 0;
}

LOOP(copy_from_user_256, static u8 buffer[256]; size_t n = sizeof(buffer), {
	struct user_slice from;

	from.ptr = user;
	from.length = sizeof(buffer);
	OPTIMIZER_HIDE_VAR(n); /* as another file's function would not know it */
	if (read_slice(&from, buffer, n))
		return ULONG_MAX;
	sum += buffer[0];
}, )

LOOP(copy_to_user_8, , {
	u64 word = 0;

	OPTIMIZER_HIDE_VAR(word);
	if (copy_to_user(user, &word, sizeof(word)))
		return ULONG_MAX;
}, )

LOOP(atomic_load, static atomic_t a = ATOMIC_INIT(5), sum += atomic_read(&a), )

LOOP(atomic_fetch_add, static atomic_t a; atomic_set(&a, 0), sum += atomic_fetch_add(1, &a) & 1, )

LOOP(atomic_cmpxchg, static atomic_t a; atomic_set(&a, 0), {
	int old = i;

	sum += atomic_try_cmpxchg(&a, &old, (int)i + 1);
}, )

LOOP(bitmap, unsigned long *map = bitmap_zalloc(256, GFP_KERNEL); if (!map) return ULONG_MAX, {
	__set_bit(i % 256, map);
	__clear_bit((i + 128) % 256, map);
}, sum = test_bit(0, map); bitmap_free(map))

LOOP(xarray_get, DEFINE_XARRAY_ALLOC(xa); static u64 values[64]; u64 *p;
     for (i = 0; i < 64; i++) {
		values[i] = i;
		if (xa_err(xa_store(&xa, i, &values[i], GFP_KERNEL)))
			return ULONG_MAX;
     }, {
	xa_lock(&xa);
	p = xa_load(&xa, i % 64);
	if (p)
		sum += *p;
	xa_unlock(&xa);
}, xa_destroy(&xa))

struct node {
	struct rb_node links;
	u32 key;
	u64 value;
};

static struct node nodes[64];

static void tree_insert(struct rb_root *root, struct node *node)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		struct node *at = rb_entry(*link, struct node, links);

		parent = *link;
		link = node->key < at->key ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&node->links, parent, link);
	rb_insert_color(&node->links, root);
}

static inline struct node *tree_find(const struct rb_root *root, u32 key)
{
	struct rb_node *at = root->rb_node;

	while (at) {
		struct node *node = rb_entry(at, struct node, links);

		if (key < node->key)
			at = at->rb_left;
		else if (key > node->key)
			at = at->rb_right;
		else
			return node;
	}
	return NULL;
}

static void tree_fill(struct rb_root *root)
{
	u32 i;

	*root = RB_ROOT;
	for (i = 0; i < 64; i++) {
		nodes[i].key = i * 7 % 64;
		nodes[i].value = nodes[i].key;
		tree_insert(root, &nodes[i]);
	}
}

LOOP(rbtree_get, struct rb_root root; tree_fill(&root), {
	struct node *node = tree_find(&root, i * 5 % 64);

	if (node)
		sum += node->value;
}, )

LOOP(rbtree_replace, struct rb_root root; struct rb_node *at; tree_fill(&root); for (i = 0; i < 64; i++) nodes[i].value = 0, {
	struct node *node = tree_find(&root, i * 5 % 64);

	if (node) {
		rb_erase(&node->links, &root);
		node->value = i;
		tree_insert(&root, node);
	}
}, for (at = rb_first(&root); at; at = rb_next(at)) sum = sum * 31 + (rb_entry(at, struct node, links)->key ^ rb_entry(at, struct node, links)->value))

static DECLARE_COMPLETION(worked);

static void work(struct work_struct *w)
{
	complete(&worked);
}

/* As in Rust, the work holds a reference. */
LOOP(work_enqueue, static DECLARE_WORK(item, work); static refcount_t references; refcount_set(&references, 1), {
	refcount_inc(&references);
	if (!queue_work(system_wq, &item)) {
		sum++;
		if (refcount_dec_and_test(&references))
			return ULONG_MAX;
	}
}, wait_for_completion(&worked))

LOOP(page_alloc_free, , {
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return ULONG_MAX;
	sum += !!page;
	__free_page(page);
}, )

/* As Page::write_raw() in rust/kernel/page.rs, which is not inline. */
static noinline int page_write(struct page **page, const void *from, size_t offset, size_t n)
{
	void *p;

	if (offset > PAGE_SIZE || n > PAGE_SIZE || offset + n > PAGE_SIZE)
		return -EINVAL;
	p = kmap_local_page(*page);
	memcpy(p + offset, from, n);
	kunmap_local(p);
	return 0;
}

LOOP(page_write, struct page *page = alloc_page(GFP_KERNEL); u64 word[4] = {}; size_t n = sizeof(word); if (!page) return ULONG_MAX, {
	word[0] = i;
	OPTIMIZER_HIDE_VAR(n);
	if (page_write(&page, word, i % 64 * 32, n))
		return ULONG_MAX;
}, __free_page(page))

LOOP(task_pid, , sum += current->pid, )

LOOP(signal_pending, , sum += signal_pending(current), )

LOOP(empty, , {}, )

struct item {
	struct list_head links;
	u32 value;
};

static struct item items[16];

LOOP(list_rotate, LIST_HEAD(list); for (i = 0; i < 16; i++) { items[i].value = i; list_add_tail(&items[i].links, &list); }, {
	struct item *first;

	if (list_empty(&list))
		return ULONG_MAX;
	first = list_first_entry(&list, struct item, links);
	list_del(&first->links);
	sum += first->value;
	list_add_tail(&first->links, &list);
}, )

LOOP(clock, ktime_t start = ktime_get(), {
	ktime_t t = ktime_sub(ktime_get(), start);

	OPTIMIZER_HIDE_VAR(t);
}, )

#define HIDDEN(type, name, n)			\
	type *name = numbers;			\
	size_t n = ARRAY_SIZE(numbers);		\
	OPTIMIZER_HIDE_VAR(name);		\
	OPTIMIZER_HIDE_VAR(n)

static u32 numbers[256];

static void fill(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		numbers[i] = i * 2654435761u;
}

LOOP(iter_sum, fill(), {
	HIDDEN(u32, p, n);
	u32 part = 0;
	size_t k;

	for (k = 0; k < n; k++)
		if (p[k] & 1)
			part += p[k] * p[k];
	sum += part;
}, )

LOOP(dot_product, fill(), {
	HIDDEN(u32, p, n);
	u32 part = 0;
	size_t k;

	for (k = 0; k < n / 2; k++)
		part += p[k] * p[n / 2 + k];
	sum += part;
}, )

LOOP(matrix, fill(), {
	HIDDEN(u32, p, n);
	u32 c[8][8];
	int x;
	int y;
	int z;

	for (x = 0; x < 8; x++)
		for (y = 0; y < 8; y++) {
			u32 part = 0;

			for (z = 0; z < 8; z++)
				part += p[x * 8 + z] * p[64 + z * 8 + y];
			c[x][y] = part;
		}
	sum += c[i % 8][n % 8];
}, )

LOOP(hash, fill(), {
	HIDDEN(u32, p, n);
	u64 h = 0xcbf29ce484222325;
	size_t k;

	for (k = 0; k < n / 4; k++)
		h = (h ^ ((u8 *)p)[k]) * 0x100000001b3;
	sum += h;
}, )

struct block {
	u64 words[8];
};

static struct block from, to;

LOOP(copy_64, struct block *a = &from; struct block *b = &to, {
	OPTIMIZER_HIDE_VAR(a);
	OPTIMIZER_HIDE_VAR(b);
	*b = *a;
}, )

LOOP(copy_slice, fill(); static u32 copied[256], {
	HIDDEN(u32, p, n);

	memcpy(copied, p, n / 2 * sizeof(u32));
	sum += copied[i % 64];
}, )

LOOP(compare, fill(), {
	HIDDEN(u32, p, n);

	sum += memcmp(p, p + 16, 16) == 0;
	sum += n > 200 && p[0] == 0;
}, )

static inline int parse(const char *s, size_t n, u32 *out)
{
	u32 value = 0;

	if (!n)
		return -EINVAL;
	for (; n; n--, s++) {
		u32 digit = *s - '0';

		if (digit > 9)
			return -EINVAL;
		if (check_mul_overflow(value, 10, &value) || check_add_overflow(value, digit, &value))
			return -ERANGE;
	}
	*out = value;
	return 0;
}

LOOP(parse, const char *s = "1234567"; size_t n = 7, {
	u32 value;

	OPTIMIZER_HIDE_VAR(s);
	OPTIMIZER_HIDE_VAR(n);
	if (parse(s, n, &value))
		return ULONG_MAX;
	sum += value;
}, )
