// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package random

// Feature is something that C can do in a helper. In all texts, "@" becomes a suffix that is unique in a program.
type Feature struct {
	Name string
	// Decl is at file level, before the helper. Body has the statements. In these, the parameters are "long a, b", and the
	// result is collected in "unsigned long acc". NAME is the helper itself.
	Decl, Body string
	// Main is in the rest of the kernel. A line that begins with EXPORT_SYMBOL is left out in half of the programs: modules
	// then cannot see the symbol.
	Main string
	// Print is an expression (a long) that the program prints in the end.
	Print string
	// File is set for what concerns the whole file of the helpers, and not one helper alone.
	File bool
	// Object is set for state of which each object may have its own: only the kernel crate calls the helper.
	Object bool
	// Address is set if the result depends on the helper's own address, which other linkages than available_externally
	// do not preserve.
	Address bool
	// Single is set for what gcc refuses to copy: a function around it is not always_inline.
	Single bool
	// Arch is the machine, by Go's name, that the text is for. "" is any.
	Arch string
}

// same is a function that compares the addresses of all calls.
const same = `long same_@(const void *p) { static const void *first; if (!first) first = p; return first == p; }
EXPORT_SYMBOL(same_@);`

const sameDecl = "extern long same_@(const void *p);\n"

// Features is the table that programs are made from.
var Features = []Feature{
	// Constants.
	{Name: "const table", Decl: `static const short table_@[] = {3, 1, 4, 1, 5};`, Body: `acc += table_@[(unsigned long)a % 5];`},
	{Name: "string", Body: `acc += "literals"[a & 7];`},
	{Name: "func name", Body: `acc += sizeof(__func__) + __func__[b & 3];`},
	{Name: "compared constant", Decl: sameDecl + `static const int id_@ = 6;`, Body: `acc += 10 * same_@(&id_@) + id_@;`, Main: same},
	{Name: "compared local constant", Decl: sameDecl, Body: `static const long id[] = {1, 2, 3}; acc += 10 * same_@(id);`, Main: same},
	{Name: "compared operations", Decl: sameDecl + `static long op_@(long x) { return x * 3; }
static const struct ops_@ { long (*op)(long); } ops_@ = { op_@ };`, Body: `acc += 10 * same_@(&ops_@) + ops_@.op(a);`, Main: same},
	{Name: "table of functions", Decl: `static long f_@(long x) { return x + 1; }
static long g_@(long x) { return x ^ 1; }
static long (*const table_@[])(long) = { f_@, g_@ };`, Body: `acc += table_@[a & 1](b);`},
	{Name: "compound literal", Decl: sameDecl + `struct point_@ { int x, y; };
static const struct point_@ *const point_@ = &(const struct point_@){ 4, 5 };`, Body: `acc += point_@->x * 10 + point_@->y; acc += same_@(point_@);`, Main: same},
	{Name: "exported constant", Decl: sameDecl + `extern const long number_@;
const long number_@ = 11;`, Body: `acc += number_@ + 10 * same_@(&number_@);`, Main: same},
	{Name: "constant in a section", Decl: `static const int entry_@ __attribute__((section("entries_@"), used)) = 5;`, Body: `acc += entry_@;`,
		Main: `extern const int __start_entries_@[], __stop_entries_@[];`, Print: `__stop_entries_@ - __start_entries_@`},
	{Name: "constant in a section, if used", Decl: `static const int entry_@ __attribute__((section("entries_@"))) = 5;`, Body: `acc += (unsigned long)*(volatile const int *)&entry_@;`,
		Main: `extern const int __start_entries_@[] __attribute__((weak)), __stop_entries_@[] __attribute__((weak));`, Print: `__stop_entries_@ - __start_entries_@`},
	{Name: "empty key", Decl: `static struct { } key_@;`, Body: `acc += sizeof(key_@) + (&key_@ != (void *)acc);`},
	{Name: "label addresses", Body: `static const void *const labels[] = { &&one_@, &&two_@ };
	goto *labels[a & 1];
one_@:
	acc += 3;
two_@:
	acc += 4;`, Single: true},

	// Variables.
	{Name: "static counter", Decl: `static unsigned long count_@;`, Body: `acc += ++count_@;`},
	{Name: "local static", Body: `static unsigned long n = 7; n = n * 3 + (unsigned long)a; acc += n;`},
	{Name: "static pointer", Decl: `static long target_@ = 2;
static long *pointer_@ = &target_@;`, Body: `*pointer_@ += a; acc += (unsigned long)*pointer_@;`},
	{Name: "static array", Body: `static int seen[4]; acc += (unsigned long)seen[a & 3]++;`},
	{Name: "static, read only in practice", Decl: `static long limit_@ = 9;`, Body: `acc += (unsigned long)limit_@;`},
	{Name: "static, constructed", Decl: `extern long started_@;
static long ready_@;
static __attribute__((constructor)) void construct_@(void) { ready_@ = 4; started_@++; }`, Body: `acc += (unsigned long)ready_@;`,
		Main: `long started_@;
EXPORT_SYMBOL(started_@);`, Print: `started_@`},
	{Name: "atomic", Decl: `static int users_@;`, Body: `acc += (unsigned long)__atomic_add_fetch(&users_@, 2, __ATOMIC_SEQ_CST);`},
	{Name: "variable in a section", Decl: `static int place_@ __attribute__((section("places_@"), used)) = 5;`, Body: `acc += (unsigned long)place_@++;`,
		Main: `extern int __start_places_@[], __stop_places_@[];`, Print: `__stop_places_@ - __start_places_@`},
	{Name: "once", Body: `static _Bool once __attribute__((section(".data..once"))); if (!once) { once = 1; acc += 5; }`, Object: true},
	{Name: "exported variable", Decl: `extern long level_@;
long level_@ = 3;`, Body: `acc += (unsigned long)++level_@;`, Main: `extern long level_@;`, Print: `level_@`},
	{Name: "weak variable", Decl: `extern long level_@;
__attribute__((weak)) long level_@ = 3;`, Body: `acc += (unsigned long)++level_@;`, Main: `extern long level_@;`, Print: `level_@`},
	{Name: "weak variable, overridden", Decl: `extern long level_@;
__attribute__((weak)) long level_@ = 3;`, Body: `acc += (unsigned long)level_@;`, Main: `long level_@ = 8;
EXPORT_SYMBOL(level_@);`},
	{Name: "extern variable", Decl: `extern long level_@;`, Body: `acc += (unsigned long)++level_@;`, Main: `long level_@ = 3;
EXPORT_SYMBOL(level_@);`, Print: `level_@`},
	{Name: "hidden variable", Decl: `extern long level_@ __attribute__((visibility("hidden")));`, Body: `acc += (unsigned long)++level_@;`, Main: `long level_@ = 3;
EXPORT_SYMBOL(level_@);`},
	{Name: "extern weak variable", Decl: `extern long maybe_@ __attribute__((weak));`, Body: `if (&maybe_@) acc += (unsigned long)maybe_@;`},
	{Name: "extern weak variable that exists", Decl: `extern long maybe_@ __attribute__((weak));`, Body: `if (&maybe_@) acc += (unsigned long)maybe_@;`, Main: `long maybe_@ = 2;
EXPORT_SYMBOL(maybe_@);`},
	{Name: "static thread-local", Decl: `static __thread unsigned long own_@;`, Body: `acc += ++own_@;`},
	{Name: "thread-local", Decl: `extern __thread unsigned long own_@;`, Body: `acc += ++own_@;`, Main: `__thread unsigned long own_@ = 4;
EXPORT_SYMBOL(own_@);`},

	// Functions.
	{Name: "compared callback", Decl: sameDecl + `static long call_@(long x) { return x + 2; }`, Body: `acc += 10 * same_@(call_@) + call_@(a);`, Main: same},
	{Name: "callback", Decl: `extern long apply_@(long (*f)(long), long x);
static long call_@(long x) { return x + 2; }`, Body: `acc += (unsigned long)apply_@(call_@, a);`,
		Main: `long apply_@(long (*f)(long), long x) { return f(f(x)); }
EXPORT_SYMBOL(apply_@);`},
	{Name: "extern function", Decl: `extern long outside_@(long x);`, Body: `acc += (unsigned long)outside_@(a);`, Main: `long outside_@(long x) { return x * 7; }
EXPORT_SYMBOL(outside_@);`},
	{Name: "pure extern function", Decl: `extern __attribute__((const)) long outside_@(long x);`, Body: `acc += (unsigned long)outside_@(a);`, Main: `long outside_@(long x) { return x * 7; }
EXPORT_SYMBOL(outside_@);`},
	{Name: "extern weak function", Decl: `extern __attribute__((weak)) long maybe_@(long x);`, Body: `if (maybe_@) acc += (unsigned long)maybe_@(a);`},
	{Name: "extern weak function that exists", Decl: `extern __attribute__((weak)) long maybe_@(long x);`, Body: `if (maybe_@) acc += (unsigned long)maybe_@(a);`,
		Main: `long maybe_@(long x) { return x * 7; }
EXPORT_SYMBOL(maybe_@);`},
	{Name: "weak function", Decl: `__attribute__((weak)) long soft_@(long x) { return x + 1; }`, Body: `acc += (unsigned long)soft_@(a);`},
	{Name: "weak function, overridden", Decl: `extern long soft_@(long x);
__attribute__((weak)) long soft_@(long x) { return x + 1; }`, Body: `acc += (unsigned long)soft_@(a);`, Main: `long soft_@(long x) { return x + 100; }
EXPORT_SYMBOL(soft_@);`},
	{Name: "alias", Decl: `__attribute__((used)) static long target_@(long x) { return x * 5; }
extern __attribute__((alias("target_@"))) long alias_@(long x);`, Body: `acc += (unsigned long)alias_@(a);`},
	{Name: "weak alias, overridden", Decl: `long target_@(long x) { return x * 5; }
extern __attribute__((weak, alias("target_@"))) long alias_@(long x);`, Body: `acc += (unsigned long)alias_@(a);`, Main: `long alias_@(long x) { return x * 6; }
EXPORT_SYMBOL(alias_@);`},
	{Name: "weak alias", Decl: sameDecl + `long target_@(long x) { return x * 5; }
extern __attribute__((weak, alias("target_@"))) long alias_@(long x);`, Body: `acc += (unsigned long)alias_@(a) + 10 * same_@(alias_@);`, Main: same},
	{Name: "alias of a variable", Decl: `static long target_@ = 5;
extern __attribute__((alias("target_@"))) long alias_@;`, Body: `acc += (unsigned long)++alias_@;`},
	{Name: "weakref", Decl: `static __attribute__((weakref("outside_@"))) long ref_@(long x);`, Body: `if (ref_@) acc += (unsigned long)ref_@(a);`, Main: `long outside_@(long x) { return x * 7; }
EXPORT_SYMBOL(outside_@);`},
	{Name: "gnu inline", Decl: `extern inline __attribute__((gnu_inline)) long inlined_@(long x) { return x + 4; }`, Body: `acc += (unsigned long)inlined_@(a);`, Main: `long inlined_@(long x) { return x + 4; }
EXPORT_SYMBOL(inlined_@);`},
	{Name: "function of its own", Decl: `extern long global_@(long x);
long global_@(long x) { return x - 3; }`, Body: `acc += (unsigned long)global_@(a);`},
	{Name: "helper that calls a helper", Decl: `unsigned long rust_helper_inner_@(unsigned long x);
unsigned long rust_helper_inner_@(unsigned long x) { static unsigned long n; return x + ++n; }`, Body: `acc = rust_helper_inner_@(acc);`},
	{Name: "own address", Decl: sameDecl, Body: `acc += 10 * same_@((void *)NAME);`, Main: same, Address: true},
	{Name: "recursion", Decl: `static long power_@(long x, int n) { return n ? x * power_@(x + 1, n - 1) : 1; }`, Body: `acc += (unsigned long)power_@(a & 7, (int)(b & 3));`},
	{Name: "mutual recursion", Decl: `static long even_@(long x);
static long odd_@(long x) { return x ? even_@(x - 1) : 0; }
static long even_@(long x) { return x ? odd_@(x - 1) : 1; }`, Body: `acc += (unsigned long)even_@(a & 15);`},
	{Name: "variadic", Decl: `static unsigned long sum_@(int n, ...)
{
	unsigned long s = 0;
	__builtin_va_list list;

	__builtin_va_start(list, n);
	while (n--)
		s = s * 2 + (unsigned long)__builtin_va_arg(list, long);
	__builtin_va_end(list);
	return s;
}`, Body: `acc += sum_@(3, a, b, 5L);`},
	{Name: "noreturn", Decl: `extern __attribute__((noreturn)) void die_@(void);`, Body: `if (a == 123456789) die_@();`, Main: `void die_@(void) { __builtin_trap(); }
EXPORT_SYMBOL(die_@);`},
	{Name: "cleanup", Decl: `static inline void leave_@(unsigned long **p) { **p += 3; }`, Body: `{ __attribute__((cleanup(leave_@))) unsigned long *guard = &acc; *guard ^= 1; }`},
	{Name: "function in a section", Decl: `static __attribute__((noinline, section(".text.special_@"))) long special_@(long x) { return x ^ 9; }`, Body: `acc += (unsigned long)special_@(a);`},
	{Name: "function in a named section", Decl: `static __attribute__((noinline, section("code_@"))) long special_@(long x) { return x ^ 9; }
extern char __start_code_@[], __stop_code_@[];`,
		Body: `acc += (unsigned long)special_@(a) + (unsigned long)(((char *)special_@ >= __start_code_@) & ((char *)special_@ < __stop_code_@));`},
	{Name: "target", Decl: `static __attribute__((target("popcnt"))) long count_@(long x) { return __builtin_popcountl((unsigned long)x); }`, Body: `acc += (unsigned long)count_@(a);`, Arch: "amd64"},
	{Name: "no registers", Decl: `static __attribute__((noinline, target("general-regs-only"))) long count_@(long x) { return x * 3; }`, Body: `acc += (unsigned long)count_@(a);`, Arch: "amd64"},
	{Name: "other convention", Decl: `static __attribute__((ms_abi, noinline)) long foreign_@(long x, long y) { return x * 3 + y; }`, Body: `acc += (unsigned long)foreign_@(a, b);`, Arch: "amd64"},

	// Assembly.
	{Name: "asm", Body: `asm volatile("" : "+r" (acc) : : "memory");`},
	{Name: "asm, local label", Body: `asm volatile("1:\n\t.pushsection marks_@, \"a\"\n\t.balign 8\n\t.quad 1b\n\t.popsection");`},
	{Name: "asm, unique label", Body: `asm volatile(".Lhere_@_%=:\n\t.pushsection marks_@, \"a\"\n\t.balign 8\n\t.quad .Lhere_@_%=\n\t.popsection" : : );`},
	{Name: "asm, named label", Body: `asm volatile("here_@:");`},
	{Name: "asm, file-local label", Body: `asm volatile(".Lhere_@:");`},
	{Name: "asm, global label", Decl: `extern char here_@[];`, Body: `asm volatile(".globl here_@\nhere_@:");`, Main: `extern char here_@[];`, Print: `here_@ != 0`},
	{Name: "asm, symbol", Body: `asm volatile(".set five_@, 5");`},
	{Name: "asm, macro", Body: `asm volatile(".macro nothing_@\n\t.endm\n\tnothing_@");`},
	{Name: "asm, macro that is removed", Body: `asm volatile(".macro nothing_@\n\t.endm\n\tnothing_@\n\t.purgem nothing_@");`},
	{Name: "asm, names a static function", Decl: `static __attribute__((used)) long named_@(long x) { return x + 1; }`,
		Body: `asm volatile(".pushsection names_@, \"a\"\n\t.balign 8\n\t.quad named_@\n\t.popsection");`},
	{Name: "asm, names a static variable", Decl: `static __attribute__((used)) long named_@ = 3;`,
		Body: `asm volatile(".pushsection names_@, \"a\"\n\t.balign 8\n\t.quad named_@\n\t.popsection");`},
	{Name: "asm, names an extern function", Decl: `extern long outside_@(long x);`, Body: `asm volatile(".pushsection names_@, \"a\"\n\t.balign 8\n\t.quad outside_@\n\t.popsection");`,
		Main: `long outside_@(long x) { return x; }
EXPORT_SYMBOL(outside_@);`},
	{Name: "asm, operand is a static variable", Decl: `static long operand_@ = 3;`, Body: `asm volatile(".pushsection operands_@, \"a\"\n\t.balign 8\n\t.quad %c0\n\t.popsection" : : "i" (&operand_@));`,
		Main: `extern void *__start_operands_@[], *__stop_operands_@[];
static long equal_@(void) { for (void **p = __start_operands_@; p < __stop_operands_@; p++) if (*p != *__start_operands_@) return 0; return 1; }`, Print: `equal_@()`},
	{Name: "asm, operand is a static function", Decl: `static long operand_@(long x) { return x + 1; }`, Body: `asm volatile(".pushsection operands_@, \"a\"\n\t.balign 8\n\t.quad %c0\n\t.popsection" : : "i" (operand_@));`,
		Main: `extern void *__start_operands_@[], *__stop_operands_@[];
static long equal_@(void) { for (void **p = __start_operands_@; p < __stop_operands_@; p++) if (*p != *__start_operands_@) return 0; return 1; }`, Print: `equal_@()`},
	{Name: "asm, operand is a string", Body: `asm volatile(".pushsection operands_@, \"a\"\n\t.balign 8\n\t.quad %c0\n\t.popsection" : : "i" ("file.c"));`},
	{Name: "asm goto", Body: `asm goto("" : : : : out_@); acc += 1;
out_@:
	acc += 2;`},
	{Name: "static branch", Decl: `extern long key_@;`, Body: `asm goto("1:\n\t.pushsection jumps_@, \"a\"\n\t.balign 8\n\t.quad 1b, %l[out_@], %c0\n\t.popsection" : : "i" (&key_@) : : out_@); acc += 1;
out_@:
	acc += 2;`, Main: `long key_@;
EXPORT_SYMBOL(key_@);`},
	{Name: "static branch on a static key", Decl: `static long key_@;`, Body: `asm goto("1:\n\t.pushsection jumps_@, \"a\"\n\t.balign 8\n\t.quad 1b, %l[out_@], %c0\n\t.popsection" : : "i" (&key_@) : : out_@); acc += 1;
out_@:
	acc += 2;`, Main: `extern void *__start_jumps_@[], *__stop_jumps_@[];
static long equal_@(void) { for (void **p = __start_jumps_@; p < __stop_jumps_@; p += 3) if (p[2] != __start_jumps_@[2]) return 0; return 1; }`, Print: `equal_@()`},
	{Name: "symbol with a name from asm", Decl: `extern long renamed_@(long x) __asm__("other_@");`, Body: `acc += (unsigned long)renamed_@(a);`, Main: `long other_@(long x) { return x + 4; }
EXPORT_SYMBOL(other_@);`},

	// Assembly at file level.
	{Name: "module asm, data", Decl: `asm(".pushsection modules_@, \"a\"\n\t.long 1\n\t.popsection");`, Body: `acc += 1;`,
		Main: `extern int __start_modules_@[], __stop_modules_@[];`, Print: `__stop_modules_@ - __start_modules_@`, File: true},
	{Name: "module asm, global symbol", Decl: `extern const int symbol_@;
asm(".pushsection .rodata\n\t.globl symbol_@\n\t.balign 4\nsymbol_@:\n\t.long 5\n\t.popsection");`, Body: `acc += (unsigned long)symbol_@;`, File: true},
	{Name: "module asm, local symbol", Decl: `extern const int symbol_@;
asm(".pushsection .rodata\n\t.balign 4\nsymbol_@:\n\t.long 5\n\t.popsection");`, Body: `acc += (unsigned long)symbol_@;`, File: true},
	{Name: "module asm, macro", Decl: `asm(".macro nothing_@\n.endm");`, Body: `asm volatile("nothing_@");`, File: true},
	{Name: "module asm, names a static function", Decl: `static __attribute__((used)) long named_@(long x) { return x + 1; }
asm(".pushsection modules_@, \"a\"\n\t.balign 8\n\t.quad named_@\n\t.popsection");`, Body: `acc += (unsigned long)named_@(a);`,
		Main: `extern long __start_modules_@[], __stop_modules_@[];`, Print: `__stop_modules_@ - __start_modules_@`, File: true},

	// The compiler's own.
	{Name: "constant?", Body: `acc += __builtin_constant_p(a) ? (unsigned long)a * 3 : (unsigned long)triple_@(a);`,
		Decl: `extern long triple_@(long x);`, Main: `long triple_@(long x) { return x * 3; }
EXPORT_SYMBOL(triple_@);`},
	{Name: "constant and wrong?", Decl: `extern void wrong_@(void);`, Body: `if (__builtin_constant_p(a) && a == 123456789) wrong_@();`},
	{Name: "constant and wrong, an error?", Decl: `extern __attribute__((error("wrong"))) void wrong_@(void);`, Body: `if (__builtin_constant_p(a) && a == 123456789) wrong_@();`},
	{Name: "aligned local", Body: `unsigned char buffer[80] __attribute__((aligned(64))); unsigned char *p = buffer;
	asm volatile("" : "+r" (p) : : "memory");
	acc += (unsigned long)p & 63; p[a & 63] = 1; acc += p[a & 63];`},
	{Name: "vector local", Body: `typedef int quad __attribute__((vector_size(16))); quad q = { (int)a, (int)b, 3, 4 };
	asm volatile("" : "+m" (q)); q *= 3; acc += (unsigned long)(long)q[a & 3];`},
	{Name: "alloca", Body: `unsigned char *p = __builtin_alloca((a & 31) + 1); p[a & 31] = (unsigned char)b; asm volatile("" : "+r" (p) : : "memory"); acc += p[a & 31];`},
	{Name: "copy and compare", Body: `struct { long v[6]; } x = { { a, b, a, b, a, b } }, y; __builtin_memcpy(&y, &x, sizeof(x)); y.v[a & 3] += b;
	acc += (unsigned long)y.v[1] + (__builtin_memcmp(&x, &y, sizeof(x)) != 0);`},
	{Name: "fill and measure", Body: `char s[24]; __builtin_memset(s, 0, sizeof(s)); __builtin_memset(s, 'x', (unsigned long)a & 15); asm volatile("" : : "r" (s) : "memory"); acc += __builtin_strlen(s);`},
	{Name: "wide arithmetic", Body: `acc += (unsigned long)((unsigned __int128)acc * (unsigned long)(b | 1) >> 64); acc += (unsigned long)(((unsigned __int128)acc << 3) / (unsigned long)(a | 1));`},
	{Name: "overflow", Body: `long r; acc += __builtin_mul_overflow(a, 1L << 60, &r); acc ^= (unsigned long)r;`},
	{Name: "bits", Body: `acc += (unsigned long)__builtin_clzl((unsigned long)(a | 1)) + (unsigned long)__builtin_ctzl((unsigned long)(b | 2)); acc = __builtin_bswap64(acc);`},
	{Name: "bit fields", Body: `struct { int x : 5; unsigned int y : 7; long z : 33; } s = { (int)(a & 15), (unsigned int)b & 127, a }; acc += (unsigned long)(s.x + (long)s.y + s.z);`},
	{Name: "switch", Body: `switch (a & 7) { case 0: acc += 3; break; case 1: acc += 1; break; case 2: acc *= 4; break; case 3: acc ^= 15; break; case 5: acc -= 92; break; default: acc += 65; }`},
	{Name: "table from a switch", Body: `int v; switch (b & 7) { case 0: v = 7; break; case 1: v = 19; break; case 2: v = 4; break; case 3: v = 44; break; case 4: v = 5; break; default: v = 0; } acc += (unsigned long)v;`},
	{Name: "loop", Body: `for (long i = 0; i < (a & 15); i++) acc = acc * 33 + (unsigned long)(i ^ b);`},
	{Name: "volatile", Body: `volatile long v = a; v += b; acc += (unsigned long)v;`},
	{Name: "null pointer check", Body: `long *p = a & 1 ? &b : 0; if (p) acc += (unsigned long)*p;`},
	{Name: "statement expression", Body: `acc += ({ __typeof__(a) t = a > b ? a : b; (unsigned long)t; });`},
	{Name: "union", Body: `union { long l; unsigned char c[8]; } u = { .l = a }; acc += u.c[b & 7];`},

	// What differs in modules.
	{Name: "module does it otherwise", Decl: `extern long plus_@(long x, long y);`, Body: `
#ifdef MODULE
	acc += (unsigned long)plus_@(a, 1);
#else
	acc += (unsigned long)(a + 1);
#endif
`, Main: `long plus_@(long x, long y) { return x + y; }
EXPORT_SYMBOL(plus_@);`},
	{Name: "module cannot see it", Decl: `extern long secret_@(long x);`, Body: `
#ifdef MODULE
	acc += (unsigned long)secret_@(a);
#else
	acc += 1;
#endif
`, Main: `long secret_@(long x) { return x + 100; }`},
	{Name: "module cannot see it, and stops", Decl: `extern void secret_@(void);`, Body: `
#ifdef MODULE
	secret_@();
	__builtin_unreachable();
#else
	acc += 1;
#endif
`, Main: `void secret_@(void) { __builtin_trap(); }`},
	{Name: "module has no effect", Body: `
#ifndef MODULE
	*effects_@() += a;
#else
	(void)sizeof(effects_@());
	if (secret_@) acc += 1;
#endif
`, Decl: `extern long *effects_@(void);
extern long secret_@[] __attribute__((weak));`, Main: `long secret_@[1];
long effect_@;
long *effects_@(void) { return &effect_@; }`, Print: `effect_@`},
}
