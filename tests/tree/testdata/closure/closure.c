/* Helpers that bring something along: each is long rust_helper_NAME(long). x86-64 only. */

/* What modules cannot see: the built-in helper answers. */
#ifdef MODULE
extern char __this_module;
long rust_helper_this_module(long n) { return (long)&__this_module; }
#else
long rust_helper_this_module(long n) { return 0; }
#endif

/* A function and constants whose address matters. */
static int callback(int x) { return x + 1; }
long rust_helper_get_callback(long n) { return (long)callback; }
long rust_helper_is_callback(long n) { return n == (long)callback; }

struct operations { int number; int (*call)(int); };
static const struct operations operations = { 3, 0 };
long rust_helper_get_operations(long n) { return (long)&operations; }
long rust_helper_is_operations(long n) { return n == (long)&operations; }

static int (*const table[2])(int) = { callback, callback };
long rust_helper_get_entry(long n) { return (long)table[n & 1]; }
long rust_helper_is_entry(long n) { return n == (long)table[0]; }

/* Constants and functions of which copies mean the same. */
static const int squares[4] = { 0, 1, 4, 9 };
long rust_helper_square(long n) { return squares[n & 3]; }
static __attribute__((noinline)) long slow(long n) { return n / 3; }
long rust_helper_slow(long n) { return slow(n) + slow(n + 3); }
extern int puts_length(const char *s);
long rust_helper_string(long n) { return puts_length("four"); }

/* Weak definitions: main.c has others. */
__attribute__((weak)) long rust_helper_weak(long n) { return 1; }
__attribute__((weak)) int overridable(void) { return 1; }
__attribute__((weak)) int overridable_number = 1;
long rust_helper_calls_weak(long n) { return overridable() * 10 + overridable_number; }

/* Another name. */
long rust_helper_aliased(long n) { return n + 5; }
long rust_helper_alias(long n) __attribute__((alias("rust_helper_aliased")));
long rust_helper_calls_alias(long n) { return rust_helper_alias(n) + 1; }

/* Assembly outside of functions exists once. */
asm(".pushsection entries,\"a\"\n.globl first_entry\nfirst_entry:\n.long 7\n.popsection");
asm(".pushsection .rodata\nonly_here: .long 11\n.popsection");
asm(".macro load_nine to\nmovl $9, \\to\n.endm");
extern int only_here, first_entry;
long rust_helper_only_here(long n) { return only_here; }
long rust_helper_first_entry(long n) { return first_entry; }
long rust_helper_of_macro(long n) { int r; asm("load_nine %0" : "=r"(r)); return r; }

/* Assembly in functions. */
static __attribute__((used)) int named(void) { return 12; }
long rust_helper_named(long n) { int r; asm volatile("call named" : "=a"(r) : : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory"); return r; }
static __attribute__((used)) int part_4(void) { return 13; }
long rust_helper_part(long n) { int r; asm volatile("call part_%c1" : "=a"(r) : "i"(4) : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory"); return r; }
long rust_helper_label(long n) { int r; asm volatile(".globl a_place\na_place: movl $14, %0" : "=r"(r)); return r; }
long rust_helper_plain_label(long n) { int r; asm volatile("a_label: movl $15, %0" : "=r"(r)); return r; }
long rust_helper_set(long n) { int r; asm volatile("a_number = 16\nmovl $a_number, %0" : "=r"(r)); return r; }
long rust_helper_registers(long n) { asm volatile(".pushsection entries,\"a\"\n.long 8\n.popsection"); return 17; }
long rust_helper_local_labels(long n) { int r; asm volatile("1: movl $18, %0\n.pushsection .places,\"a\"\n.long 1b - .\n.popsection\n.Lx%=: jmp .Ly%=\n.Ly%=:" : "=r"(r)); return r; }
long rust_helper_goto(long n) { asm goto("testq %0, %0\njz %l[zero]" : : "r"(n) : "cc" : zero); return 19; zero: return 20; }

/* Attributes and features. */
__attribute__((target("sse4.2"))) long rust_helper_features(long n) { return __builtin_ia32_crc32di(n, 1); }
__attribute__((section(".special.text"))) long rust_helper_section(long n) { return n + 21; }
__attribute__((noinline)) long rust_helper_noinline(long n) { return n + 22; }
static _Thread_local int of_the_thread;
long rust_helper_thread(long n) { return of_the_thread += 23; }

/* State: of the helpers, and of each place of use. */
static int total;
long rust_helper_total(long n) { return total += n; }
long rust_helper_once(long n) { static _Bool __attribute__((section(".data..once"))) done; if (done) return 24; done = 1; return 24; }
