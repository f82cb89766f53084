//! What bindgen makes of the helpers.
#![no_std]

extern "C" {
    #[link_name = "rust_helper_twice"]
    pub fn twice(n: i32) -> i32;
    #[link_name = "rust_helper_next_number"]
    pub fn next_number() -> i32;
    #[link_name = "rust_helper_kind"]
    pub fn kind() -> u8;
    #[link_name = "rust_helper_by_address"]
    pub fn by_address(n: i32) -> i32;
    #[link_name = "rust_helper_remember"]
    pub fn remember(n: i32) -> i32;
}
