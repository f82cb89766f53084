/*
 * Two local functions in one section, called and listed from others:
 *   clang --target=x86_64-linux-gnu -O1 -fno-PIC -c; clang 19.1.7.
 */
static __attribute__((noinline)) int first(int x) { __asm__(""); return x + 1; }
static __attribute__((noinline)) int second(int x) { __asm__(""); return x + 2; }

__attribute__((section(".text.caller"))) int caller(int x)
{
	return first(second(x));
}

int (*list[])(int) = { first, second };
