// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package random

// Shape is the type of a helper, with what each side does with it.
type Shape struct {
	Name string
	// C are the result and the parameters, with NAME for the name. In gives the variables a and b, and Out returns acc.
	C, In, Out string
	// Rust is the declaration without the name. Call is an expression of type i64 with the arguments A and B of type i64, and
	// F for the function. CCall is the same in C.
	Rust, Call, CCall string
}

// Shapes is the table of types.
var Shapes = []Shape{
	{"long", `unsigned long NAME(long a, long b)`, ``, `return acc;`,
		`(a: i64, b: i64) -> u64`, `F(A, B) as i64`, `(long)F(A, B)`},
	{"small", `unsigned char NAME(signed char p, unsigned short q)`, `long a = p, b = q;`, `return (unsigned char)acc;`,
		`(a: i8, b: u16) -> u8`, `F((A) as i8, (B) as u16) as i64`, `F((signed char)(A), (unsigned short)(B))`},
	{"signed", `short NAME(short p, int q)`, `long a = p, b = q;`, `return (short)acc;`,
		`(a: i16, b: i32) -> i16`, `F((A) as i16, (B) as i32) as i64`, `F((short)(A), (int)(B))`},
	{"bool", `_Bool NAME(_Bool p, unsigned int q)`, `long a = p, b = q;`, `return acc & 1;`,
		`(a: bool, b: u32) -> bool`, `F((A) & 1 != 0, (B) as u32) as i64`, `F((A) & 1, (unsigned int)(B))`},
	{"void", `void NAME(long *out, long b)`, `long a = *out;`, `*out = (long)acc; return;`,
		`(a: *mut i64, b: i64)`, `{ let mut x: i64 = A; F(&mut x, B); x }`, `({ long x = A; F(&x, B); x; })`},
	{"pointer", `long *NAME(long *p, long b)`, `long a = *p;`, `*p = (long)acc; return acc & 1 ? p : (long *)0;`,
		`(a: *mut i64, b: i64) -> *mut i64`, `{ let mut x: i64 = A; let r = F(&mut x, B); x + r.is_null() as i64 }`, `({ long x = A; long *r = F(&x, B); x + !r; })`},
	{"pair", `struct pair NAME(struct pair p)`, `long a = p.a, b = p.b;`, `return (struct pair){ (int)acc, (int)b };`,
		`(p: Pair) -> Pair`, `{ let r = F(Pair { a: (A) as i32, b: (B) as i32 }); (r.a as i64).wrapping_mul(3).wrapping_add(r.b as i64) }`,
		`({ struct pair r = F((struct pair){ (int)(A), (int)(B) }); (long)(r.a * 3UL + (unsigned long)(long)r.b); })`},
	{"handle", `struct handle NAME(struct handle p, short q)`, `long a = p.a, b = q;`, `return (struct handle){ (int)acc };`,
		`(p: Handle, q: i16) -> Handle`, `F(Handle { a: (A) as i32 }, (B) as i16).a as i64`, `F((struct handle){ (int)(A) }, (short)(B)).a`},
	{"large", `struct large NAME(struct large p, long b)`, `long a = p.v[1];`, `p.v[2] = (long)acc; return p;`,
		`(p: Large, b: i64) -> Large`, `F(Large { v: [1, A, 3, 4] }, B).v[2]`, `F((struct large){ { 1, A, 3, 4 } }, B).v[2]`},
	{"odd", `struct odd NAME(long a, struct odd p)`, `long b = p.v[2];`, `p.v[0] = (unsigned char)acc; return p;`,
		`(a: i64, p: Odd) -> Odd`, `F(A, Odd { v: [1, 2, (B) as u8] }).v[0] as i64`, `F(A, (struct odd){ { 1, 2, (unsigned char)(B) } }).v[0]`},
	{"variadic", `unsigned long NAME(long a, ...)`, `__builtin_va_list list; __builtin_va_start(list, a); long b = __builtin_va_arg(list, long); __builtin_va_end(list);`, `return acc;`,
		`(a: i64, ...) -> u64`, `F(A, B) as i64`, `(long)F(A, B)`},
}

// types has the structs of Shapes for C, and bindings for Rust.
const (
	types = `struct pair { int a, b; };
struct handle { int a; };
struct large { long v[4]; };
struct odd { unsigned char v[3]; };
`
	bindings = `#[repr(C)] pub struct Pair { pub a: i32, pub b: i32 }
#[repr(C)] pub struct Handle { pub a: i32 }
#[repr(C)] pub struct Large { pub v: [i64; 4] }
#[repr(C)] pub struct Odd { pub v: [u8; 3] }
`
)

// Attributes are those that helpers and the functions within them may have. Those with an architecture are in
// archAttributes.
var Attributes = []string{
	"noinline", "cold", "hot", "flatten", "always_inline", "optnone", "minsize", "no_stack_protector", "no_instrument_function", "nothrow",
	"aligned(32)", "used", "warn_unused_result", "no_sanitize(\"address\")", "zero_call_used_regs(\"used\")", "patchable_function_entry(2, 1)",
	"section(\".text.other\")", "disable_tail_calls", "nomerge", "optimize(\"O1\")", "noipa", "noclone", "no_reorder", "retain, used",
}

// archAttributes are by Go's name of the machine.
var archAttributes = map[string][]string{
	"amd64": {`target("avx2")`, `target("no-sse3")`, `target("arch=haswell")`, `target("tune=atom")`, "nocf_check", "force_align_arg_pointer"},
}

// helperAttributes are for helpers only: a static function has no such linkage.
var helperAttributes = []string{"weak", `visibility("hidden")`, `visibility("protected")`, `section("helpers")`}
