extern int counter;

struct pair {
	int a, b;
};

int rust_helper_twice(int n)
{
	return twice(n);
}

int rust_helper_next_number(void)
{
	return next_number();
}

/* Built-in and module objects must not see the same. */
char rust_helper_kind(void)
{
	return KIND;
}

/* Called by address only. */
int rust_helper_by_address(int n)
{
	return n + 1;
}

/* A function of its own, a variable of its own. */
static int remembered;
static __attribute__((noinline)) int remember(int n)
{
	remembered += n;
	return remembered;
}

int rust_helper_remember(int n)
{
	return remember(n);
}
