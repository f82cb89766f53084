/* clang.bc: clang --target=x86_64-linux-gnu -O1 -c -emit-llvm; clang 19.1.7. */
extern int printk(const char *fmt, ...);
extern void rust_helper_BUG(void);
extern int data __attribute__((weak));
static int local;

int defined(int x)
{
	if (x == local++)
		rust_helper_BUG();
	return printk("%d", x) + data + __builtin_ctz(x);
}
