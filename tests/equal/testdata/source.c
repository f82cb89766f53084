/* The objects in this folder are made from it by make.sh. */
#ifdef CHANGED
#define TYPE long
#else
#define TYPE int
#endif
extern int helper(int);
extern int declared(int);
extern void fill(char *, int);
int (*pointer)(int);
TYPE counter;

static __attribute__((noinline)) int local(int x)
{
	return x * 3 + (int)counter++;
}

static __attribute__((noinline)) int never_taken(int x)
{
	return x / 7 + (int)counter--;
}

int exported(TYPE x)
{
	return pointer(x) + helper(x) + never_taken(x);
}

int buffered(int x)
{
	char buffer[64];

	fill(buffer, x);
	return buffer[x & 63];
}

#if defined CALLED || defined INLINED
#ifdef CALLED
int rust_helper_twice(int);
#else
static inline int rust_helper_twice(int x) { return x * 2; }
#endif

#ifdef LINELESS
__attribute__((nodebug))
#endif
int user(int x)
{
	return rust_helper_twice(declared(x));
}
#endif

int (*const table[])(int) = { local, declared };
