/*
 * Functions with stack frames of different sizes, and their .stack_sizes:
 *   clang --target=MACHINE-linux-gnu -O1 -fno-PIC -fstack-size-section -c
 * clang 19.1.7; stack-sections-x86_64.o the same with -ffunction-sections. What
 * the tests want is what llvm-readelf --stack-sizes prints.
 */
void use(char *);

void none(void)
{
}

void small(void)
{
	char b[40];
	use(b);
}

void large(void)
{
	char b[4000];
	use(b);
}

static __attribute__((noinline)) void local(void)
{
	char b[300];
	use(b);
}

void calls_local(void)
{
	local();
	local();
}
