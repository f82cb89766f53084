/*
 * The kinds of things that the kernel's helpers hold, in small. helpers.ll is
 *   clang --target=x86_64-linux-gnu -O2 -g0 -w -S -emit-llvm -mcmodel=kernel -fno-PIE
 * by clang 19.1.7.
 */
typedef unsigned long size_t;
#define __used __attribute__((used))
#define __retain_addressable(sym) \
	static void *__used __attribute__((section(".discard.addressable"))) \
	__UNIQUE_ID___addressable_##sym = (void *)&sym

extern int printk(const char *fmt, ...);
extern int __SCT__might_resched(void);
extern int __SCK__might_resched;
extern void *vrealloc_noprof(const void *p, size_t n, unsigned int f);
extern int jiffies;
extern int external_weak __attribute__((weak));
extern void quoted(void) __asm__("a name with blanks");

__retain_addressable(__SCK__might_resched);
__retain_addressable(jiffies);

static const char modinfo[] __used __attribute__((section(".modinfo"))) = "helpers.license=GPL";
int helpers_generation = 7;
int helpers_common;
static int counter;

static __attribute__((noinline)) int local_needs_jiffies(int x)
{
	counter += x;
	return jiffies + counter;
}

static inline int local_inline(int x)
{
	return x + 1;
}

__attribute__((always_inline)) int rust_helper_marked(int x)
{
	return local_inline(x) + helpers_generation;
}

int rust_helper_plain(int x)
{
	return local_inline(x);
}

__attribute__((noinline)) int rust_helper_never(int x)
{
	return x * 3;
}

int rust_helper_static(int x)
{
	static int seen;
	return seen += local_needs_jiffies(x);
}

void rust_helper_print(int x)
{
	printk("x = %d\n", x);
}

void *rust_helper_vrealloc(const void *p, size_t n, unsigned int f)
{
	return vrealloc_noprof(p, n, f);
}

void rust_helper_might_resched(void)
{
	__asm__ volatile("call %c0" :: "i"(__SCT__might_resched) : "memory");
}

int rust_helper_asm_text(int x)
{
	__asm__ volatile("call __put_user_%P1" : "+a"(x) : "i"(4) : "memory");
	return x;
}

void rust_helper_quoted(void)
{
	quoted();
}

int *rust_helper_weak(void)
{
	return &external_weak;
}

void *rust_helper_address(void)
{
	return (void *)rust_helper_plain;
}

/* Weak definitions: others may take their place. Nobody refers to the last two. */
__attribute__((weak)) const int overridable = 7;
__attribute__((weak)) int overridable_count = 8;

__attribute__((weak)) int rust_helper_overridable(int x)
{
	return x + overridable + overridable_count;
}

int rust_helper_calls_overridable(int x)
{
	return rust_helper_overridable(x);
}

extern int alias_of_weak(int x) __attribute__((weak, alias("rust_helper_overridable")));
__attribute__((weak)) const int unreferenced = 9;
