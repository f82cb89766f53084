/*
 * A caller of helpers, in all the ways that objects refer to them:
 *   clang --target=MACHINE-linux-gnu -O1 -ffunction-sections -fno-PIC -c
 * clang 19.1.7, and calls-x86_64-pic.o the same with -fPIC -fno-plt.
 * call_one calls once, call_two twice and once at its end (a jump, where the
 * machine makes one), take loads an address, table holds one.
 */
extern int rust_helper_one(int);
extern int rust_helper_two(int);
extern int rust_helper_address(int);
extern int rust_helper_data(int);
extern int no_helper(int);
extern int data;

int call_one(int x)
{
	return rust_helper_one(x) + data;
}

int call_two(int x)
{
	x = no_helper(rust_helper_two(x) + 1);
	x = rust_helper_two(x) * 3;
	return rust_helper_two(x);
}

void *take(void)
{
	return (void *)rust_helper_address;
}

int (*table[])(int) = { rust_helper_data, call_one };

static __attribute__((noinline)) int local(int x)
{
	return x * data;
}

int call_local(int x)
{
	return local(x) + local(x + 1);
}
