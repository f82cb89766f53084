// SPDX-License-Identifier: GPL-2.0

//! A module with a `build_assert!` in a function of moderate size, which rustc
//! inlines, and the limits of the early pipeline do not.

use kernel::prelude::*;
use kernel::sync::Arc;

module! {
    type: LabContract,
    name: "lab_contract",
    license: "GPL",
}

struct LabContract;

fn mix(v: &mut [u64; 8], at: usize, inv: usize, k: u64) -> u64 {
    build_assert!(at + inv == 7);
    let mut h = k ^ v[at];
    h = h.rotate_left(5).wrapping_mul(0x9e3779b97f4a7c15) ^ v[(at + 1) & 7];
    h = h.rotate_left(7).wrapping_mul(0xbf58476d1ce4e5b9) ^ v[(at + 2) & 7];
    h = h.rotate_left(11).wrapping_mul(0x94d049bb133111eb) ^ v[(at + 3) & 7];
    h = h.rotate_left(13).wrapping_mul(0x9e3779b97f4a7c15) ^ v[(at + 4) & 7];
    h = h.rotate_left(17).wrapping_mul(0xbf58476d1ce4e5b9) ^ v[(at + 5) & 7];
    h = h.rotate_left(19).wrapping_mul(0x94d049bb133111eb) ^ v[(at + 6) & 7] ^ (h >> 31);
    h = h.rotate_left(23).wrapping_mul(0x94d049bb133111eb) ^ v[(at + 7) & 7] ^ (h >> 29);
    h = h.rotate_left(19).wrapping_mul(0x94d049bb133111eb) ^ v[(at + 6) & 7] ^ (h >> 31);
    h = h.rotate_left(23).wrapping_mul(0x94d049bb133111eb) ^ v[(at + 7) & 7] ^ (h >> 29);
    h = h.rotate_left(19).wrapping_mul(0x94d049bb133111eb) ^ v[(at + 6) & 7] ^ (h >> 31);
    v[at] = h;
    h
}

impl kernel::Module for LabContract {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mut v = *Arc::new([1u64; 8], GFP_KERNEL)?;
        let mut s = mix(&mut v, 0, 7, 0);
        s ^= mix(&mut v, 1, 6, s);
        s ^= mix(&mut v, 2, 5, s);
        s ^= mix(&mut v, 3, 4, s);
        pr_info!("rust_contract: {}\n", s);
        Ok(Self)
    }
}
