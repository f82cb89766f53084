// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0

//! An external module that calls a helper which no module may have inlined: in
//! Linux 6.12 `rust_helper_vrealloc` needs `vrealloc_noprof`, which is not
//! exported.

use kernel::prelude::*;

module! {
    type: Guard,
    name: "guard",
    author: "rustc-lto-wrap",
    description: "Calls a helper that must stay a call in modules",
    license: "GPL",
}

struct Guard;

impl kernel::Module for Guard {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        // SAFETY: a null pointer asks vrealloc for new memory, and a size of zero
        // makes it free what it gave.
        let got = unsafe {
            let memory = kernel::bindings::vrealloc(core::ptr::null(), 8192, kernel::bindings::GFP_KERNEL);
            kernel::bindings::vrealloc(memory, 0, kernel::bindings::GFP_KERNEL);
            !memory.is_null()
        };
        pr_info!("vrealloc gave memory: {}\n", got);
        Ok(Guard)
    }
}
