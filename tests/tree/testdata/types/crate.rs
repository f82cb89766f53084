// The structures of types.h, and functions that pass each of them to a helper and take it from one.
#![feature(no_core, lang_items)]
#![no_core]
#![allow(internal_features, non_camel_case_types, clippy::missing_safety_doc)]
#[lang = "sized"]
pub trait Sized {}
#[lang = "copy"]
pub trait Copy {}
impl<T> Copy for *const T {}
impl<T: Copy, const N: usize> Copy for [T; N] {}
impl Copy for u8 {}
impl Copy for i16 {}
impl Copy for i32 {}
impl Copy for i64 {}
impl Copy for bool {}

macro_rules! structure {
    ($name:ident, $ret:ident, $arg:ident, $ret_helper:ident, $arg_helper:ident, { $($member:ident: $type:ty),* }) => {
        #[repr(C)]
        pub struct $name { $($member: $type),* }
        impl Copy for $name {}
        scalar!($name, $ret, $arg, $ret_helper, $arg_helper);
    };
}
macro_rules! scalar {
    ($name:ident, $ret:ident, $arg:ident, $ret_helper:ident, $arg_helper:ident) => {
        extern "C" {
            fn $ret_helper(p: *const $name) -> $name;
            fn $arg_helper(x: i32, v: $name, y: i32) -> i32;
        }
        #[no_mangle]
        pub unsafe extern "C" fn $ret(p: *const $name, q: *mut $name) { *q = $ret_helper(p); }
        #[no_mangle]
        pub unsafe extern "C" fn $arg(p: *const $name) -> i32 { $arg_helper(11, *p, 13) }
    };
}
structure!(T_b1, ret_b1, arg_b1, rust_helper_ret_b1, rust_helper_arg_b1, { a: [u8; 1] });
structure!(T_b2, ret_b2, arg_b2, rust_helper_ret_b2, rust_helper_arg_b2, { a: [u8; 2] });
structure!(T_b3, ret_b3, arg_b3, rust_helper_ret_b3, rust_helper_arg_b3, { a: [u8; 3] });
structure!(T_b4, ret_b4, arg_b4, rust_helper_ret_b4, rust_helper_arg_b4, { a: [u8; 4] });
structure!(T_b5, ret_b5, arg_b5, rust_helper_ret_b5, rust_helper_arg_b5, { a: [u8; 5] });
structure!(T_b6, ret_b6, arg_b6, rust_helper_ret_b6, rust_helper_arg_b6, { a: [u8; 6] });
structure!(T_b7, ret_b7, arg_b7, rust_helper_ret_b7, rust_helper_arg_b7, { a: [u8; 7] });
structure!(T_b8, ret_b8, arg_b8, rust_helper_ret_b8, rust_helper_arg_b8, { a: [u8; 8] });
structure!(T_b9, ret_b9, arg_b9, rust_helper_ret_b9, rust_helper_arg_b9, { a: [u8; 9] });
structure!(T_b10, ret_b10, arg_b10, rust_helper_ret_b10, rust_helper_arg_b10, { a: [u8; 10] });
structure!(T_b11, ret_b11, arg_b11, rust_helper_ret_b11, rust_helper_arg_b11, { a: [u8; 11] });
structure!(T_b12, ret_b12, arg_b12, rust_helper_ret_b12, rust_helper_arg_b12, { a: [u8; 12] });
structure!(T_b13, ret_b13, arg_b13, rust_helper_ret_b13, rust_helper_arg_b13, { a: [u8; 13] });
structure!(T_b14, ret_b14, arg_b14, rust_helper_ret_b14, rust_helper_arg_b14, { a: [u8; 14] });
structure!(T_b15, ret_b15, arg_b15, rust_helper_ret_b15, rust_helper_arg_b15, { a: [u8; 15] });
structure!(T_b16, ret_b16, arg_b16, rust_helper_ret_b16, rust_helper_arg_b16, { a: [u8; 16] });
structure!(T_i1, ret_i1, arg_i1, rust_helper_ret_i1, rust_helper_arg_i1, { a: i32 });
structure!(T_i2, ret_i2, arg_i2, rust_helper_ret_i2, rust_helper_arg_i2, { a: i32, b: i32 });
structure!(T_i3, ret_i3, arg_i3, rust_helper_ret_i3, rust_helper_arg_i3, { a: i32, b: i32, c: i32 });
structure!(T_s1, ret_s1, arg_s1, rust_helper_ret_s1, rust_helper_arg_s1, { a: i16 });
structure!(T_l1, ret_l1, arg_l1, rust_helper_ret_l1, rust_helper_arg_l1, { a: i64 });
structure!(T_l2, ret_l2, arg_l2, rust_helper_ret_l2, rust_helper_arg_l2, { a: i64, b: i64 });
structure!(T_li, ret_li, arg_li, rust_helper_ret_li, rust_helper_arg_li, { a: i64, b: i32 });
structure!(T_p1, ret_p1, arg_p1, rust_helper_ret_p1, rust_helper_arg_p1, { a: *const u8 });
structure!(T_p2, ret_p2, arg_p2, rust_helper_ret_p2, rust_helper_arg_p2, { a: *const u8, b: i32 });
structure!(T_n1, ret_n1, arg_n1, rust_helper_ret_n1, rust_helper_arg_n1, { a: T_i1 });
scalar!(bool, ret_bool, arg_bool, rust_helper_ret_bool, rust_helper_arg_bool);
scalar!(i16, ret_short, arg_short, rust_helper_ret_short, rust_helper_arg_short);
