// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0

//! Loops in Rust without helpers, which show how well Rust code itself is optimised. Those that have a counterpart in C do what the loop of the same name in `loops_c.c` does.

use core::{arch::asm, ffi::c_void, fmt::Write};
use kernel::{
    alloc::KVec,
    list::{impl_list_arc_safe, impl_list_item, List, ListArc, ListLinks},
    prelude::*,
    rbtree::RBTree,
    time::{Instant, Monotonic},
};

/// `barrier()` of `include/linux/compiler.h`.
#[inline(always)]
fn barrier() {
    // SAFETY: There is no instruction.
    unsafe { asm!("", options(nostack)) };
}

/// `OPTIMIZER_HIDE_VAR()` of `include/linux/compiler.h`.
#[inline(always)]
fn hide_word(mut word: usize) -> usize {
    // SAFETY: The one instruction is a comment.
    unsafe { asm!("/* {0} */", inout(reg) word, options(pure, nomem, nostack)) };
    word
}

/// The same for a pointer.
#[inline(always)]
fn hide<T>(mut p: *const T) -> *const T {
    // SAFETY: The one instruction is a comment.
    unsafe { asm!("/* {0} */", inout(reg) p, options(pure, nomem, nostack)) };
    p
}

/// The same for a slice.
#[inline(always)]
fn hidden<T>(slice: &[T]) -> &[T] {
    // SAFETY: Pointer and length are those of the slice.
    unsafe { core::slice::from_raw_parts(hide(slice.as_ptr()), hide_word(slice.len())) }
}

/// Text whose place in a word is the same in each build: `from_utf8()` begins with what lies before the first whole word.
#[repr(align(8))]
struct Aligned<const N: usize>([u8; N]);

/// The numbers that `fill()` of `loops_c.c` makes.
fn numbers() -> Result<KVec<u32>> {
    let mut v = KVec::with_capacity(256, GFP_KERNEL)?;
    for i in 0..256u32 {
        v.push(i.wrapping_mul(2654435761), GFP_KERNEL)?;
    }
    Ok(v)
}

/// Makes functions of the type `loop_fn` of `loops.h`.
macro_rules! loops {
    ($(fn $name:ident($ops:ident) $body:block)*) => {$(
        /// A loop, see `loops.h`.
        #[no_mangle]
        pub extern "C" fn $name($ops: usize, _user: *mut c_void) -> usize {
            #[inline(always)]
            fn run($ops: usize) -> Result<usize> $body
            run($ops).unwrap_or(usize::MAX)
        }
    )*};
}

#[pin_data]
struct Item {
    value: u32,
    #[pin]
    links: ListLinks,
}

impl_list_arc_safe! {
    impl ListArcSafe<0> for Item { untracked; }
}
impl_list_item! {
    impl ListItem<0> for Item { using ListLinks { self.links }; }
}

#[derive(Clone, Copy)]
struct Block {
    words: [u64; 8],
}

/// Text that is written to.
struct Text {
    bytes: [u8; 64],
    len: usize,
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let end = self.len + s.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(core::fmt::Error)?;
        room.copy_from_slice(s.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn step(x: u32) -> Option<u32> {
    let y = x.checked_add(3)?;
    let z = y.checked_mul(5)?;
    z.checked_sub(x).filter(|w| w % 2 == 0)
}

trait Shape {
    fn area(&self) -> u32;
}

struct Square(u32);
struct Rectangle(u32, u32);

impl Shape for Square {
    fn area(&self) -> u32 {
        self.0.wrapping_mul(self.0)
    }
}

impl Shape for Rectangle {
    fn area(&self) -> u32 {
        self.0.wrapping_mul(self.1)
    }
}

/// Words, numbers and other characters of a text.
fn tokens(text: &[u8]) -> (usize, usize, usize) {
    enum State {
        Between,
        Word,
        Number,
    }
    let mut state = State::Between;
    let (mut words, mut found, mut other) = (0, 0, 0);
    for &c in text {
        state = match (state, c) {
            (State::Word, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_') => State::Word,
            (State::Number, b'0'..=b'9') => State::Number,
            (_, b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
                words += 1;
                State::Word
            }
            (_, b'0'..=b'9') => {
                found += 1;
                State::Number
            }
            (_, b' ' | b'\n') => State::Between,
            _ => {
                other += 1;
                State::Between
            }
        };
    }
    (words, found, other)
}

loops! {
    fn time_rust_empty(ops) {
        for _ in 0..ops {
            barrier();
        }
        Ok(0)
    }

    fn time_rust_kvec_push(ops) {
        let mut v = KVec::with_capacity(1024, GFP_KERNEL)?;
        for i in 0..ops {
            if v.len() == 1024 {
                v.clear();
            }
            v.push(i as u64, GFP_KERNEL)?;
            barrier();
        }
        Ok(v.len() + v.capacity())
    }

    fn time_rust_list_rotate(ops) {
        let mut sum = 0usize;
        let mut list = KBox::pin_init(List::new(), GFP_KERNEL)?;
        // SAFETY: The list is not moved.
        let list: &mut List<Item> = unsafe { list.as_mut().get_unchecked_mut() };
        for value in 0..16 {
            list.push_back(ListArc::pin_init(
                try_pin_init!(Item { value, links <- ListLinks::new() }),
                GFP_KERNEL,
            )?);
        }
        for _ in 0..ops {
            let first = list.pop_front().ok_or(EINVAL)?;
            sum = sum.wrapping_add(first.value as usize);
            list.push_back(first);
            barrier();
        }
        while list.pop_front().is_some() {}
        Ok(sum)
    }

    fn time_rust_rbtree_get(ops) {
        let mut sum = 0usize;
        let mut tree = RBTree::<u32, u64>::new();
        for i in 0..64u32 {
            let key = i * 7 % 64;
            tree.try_create_and_insert(key, u64::from(key), GFP_KERNEL)?;
        }
        for i in 0..ops {
            if let Some(value) = tree.get(&((i.wrapping_mul(5) % 64) as u32)) {
                sum = sum.wrapping_add(*value as usize);
            }
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_clock(ops) {
        let start = Instant::<Monotonic>::now();
        for _ in 0..ops {
            hide_word(start.elapsed().as_nanos() as usize);
            barrier();
        }
        Ok(0)
    }

    fn time_rust_iter_sum(ops) {
        let mut sum = 0usize;
        let v = numbers()?;
        for _ in 0..ops {
            let part = hidden(&v).iter().filter(|x| **x & 1 == 1).fold(0u32, |a, x| a.wrapping_add(x.wrapping_mul(*x)));
            sum = sum.wrapping_add(part as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_dot_product(ops) {
        let mut sum = 0usize;
        let v = numbers()?;
        for _ in 0..ops {
            let (a, b) = hidden(&v).split_at(128);
            let part = a.iter().zip(b).map(|(x, y)| x.wrapping_mul(*y)).fold(0, u32::wrapping_add);
            sum = sum.wrapping_add(part as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_matrix(ops) {
        let mut sum = 0usize;
        let v = numbers()?;
        for i in 0..ops {
            let p = hidden(&v);
            let mut c = [[0u32; 8]; 8];
            for x in 0..8 {
                for y in 0..8 {
                    let mut part = 0u32;
                    for z in 0..8 {
                        part = part.wrapping_add(p[x * 8 + z].wrapping_mul(p[64 + z * 8 + y]));
                    }
                    c[x][y] = part;
                }
            }
            sum = sum.wrapping_add(c[i % 8][p.len() % 8] as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_hash(ops) {
        let mut sum = 0usize;
        let v = numbers()?;
        for _ in 0..ops {
            let p = hidden(&v);
            // SAFETY: There are four times as many bytes.
            let bytes = unsafe { core::slice::from_raw_parts(p.as_ptr().cast::<u8>(), p.len() / 4) };
            let h = bytes.iter().fold(0xcbf29ce484222325u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100000001b3));
            sum = sum.wrapping_add(h as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_copy_64(ops) {
        let from = KBox::new(Block { words: [0; 8] }, GFP_KERNEL)?;
        let to = KBox::new(Block { words: [1; 8] }, GFP_KERNEL)?;
        for _ in 0..ops {
            let (a, b) = (hide(&*from), hide(&*to).cast_mut());
            // SAFETY: The pointers are those of the boxes.
            unsafe { *b = *a };
            barrier();
        }
        Ok(to.words[0] as usize)
    }

    fn time_rust_copy_slice(ops) {
        let mut sum = 0usize;
        let v = numbers()?;
        let mut copied = KBox::new([0u32; 256], GFP_KERNEL)?;
        for i in 0..ops {
            let p = hidden(&v);
            let n = p.len() / 2;
            copied[..n].copy_from_slice(&p[..n]);
            sum = sum.wrapping_add(copied[i % 64] as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_compare(ops) {
        let mut sum = 0usize;
        let v = numbers()?;
        for _ in 0..ops {
            let p = hidden(&v);
            sum += usize::from(p[..4] == p[16..20]);
            sum += usize::from(p.len() > 200 && p[0] == 0);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_parse(ops) {
        let mut sum = 0usize;
        let number = Aligned(*b"1234567");
        for _ in 0..ops {
            let text = core::str::from_utf8(hidden(&number.0)).unwrap_or("");
            sum = sum.wrapping_add(text.parse::<u32>().map_err(|_| EINVAL)? as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_sort(ops) {
        let mut sum = 0usize;
        let v = numbers()?;
        for i in 0..ops {
            let mut a = [0u32; 64];
            a.copy_from_slice(&hidden(&v)[..64]);
            a.sort_unstable();
            sum = sum.wrapping_add(a[i % 64] as usize);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_binary_search(ops) {
        let mut sum = 0usize;
        let mut v = numbers()?;
        v.sort_unstable();
        for i in 0..ops {
            let p = hidden(&v);
            sum += p.binary_search(&(i as u32).wrapping_mul(2654435761)).unwrap_or(1);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_format(ops) {
        let mut sum = 0usize;
        for i in 0..ops {
            let mut text = Text { bytes: [0; 64], len: 0 };
            write!(text, "{} {:#x} {}: {:?}", i as u32, i as u8, "text", Some(i as i8)).map_err(|_| EINVAL)?;
            sum += text.len + usize::from(text.bytes[0]);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_utf8(ops) {
        let mut sum = 0usize;
        let words = Aligned(*b"The quick brown f\xc3\xbcchs springt \xc3\xbcber the lazy dog");
        for _ in 0..ops {
            let text = core::str::from_utf8(hidden(&words.0)).map_err(|_| EINVAL)?;
            sum += text.chars().filter(|c| c.is_ascii_alphabetic() || *c == 'ü').count();
            sum += text.split(' ').map(str::len).max().unwrap_or(0);
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_options(ops) {
        let mut sum = 0usize;
        for i in 0..ops {
            let x = hide_word(i) as u32;
            sum = sum.wrapping_add(step(x).and_then(step).or_else(|| step(x ^ 1)).map_or(1, |y| y as usize));
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_state_machine(ops) {
        let mut sum = 0usize;
        for _ in 0..ops {
            let (words, found, other) = tokens(hidden(b"let x_1 = 42 + foo(bar, 7);\nreturn x_1 * 1000 - baz;"));
            sum += words * 100 + found * 10 + other;
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_trait_object(ops) {
        let mut sum = 0usize;
        let shapes: [&dyn Shape; 4] = [&Square(3), &Rectangle(4, 5), &Square(6), &Rectangle(7, 8)];
        for _ in 0..ops {
            sum += hidden(&shapes).iter().map(|s| s.area() as usize).sum::<usize>();
            barrier();
        }
        Ok(sum)
    }

    fn time_rust_windows(ops) {
        let mut sum = 0usize;
        let v = numbers()?;
        for _ in 0..ops {
            let p = hidden(&v);
            sum += p.windows(3).filter(|w| w[0] < w[1] && w[1] < w[2]).count();
            sum += p.chunks_exact(4).map(|c| c.iter().max().map_or(0, |m| *m as usize)).fold(0, |a: usize, m| a.wrapping_add(m)) & 0xffff;
            barrier();
        }
        Ok(sum)
    }
}
