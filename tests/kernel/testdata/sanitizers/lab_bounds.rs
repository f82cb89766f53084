// SPDX-License-Identifier: Apache-2.0

//! A module that reads and writes behind the end of an allocation, by way of helpers. Each access is in the helper's
//! C code, so that only an instrumented helper reports it.

use core::mem::offset_of;
use kernel::bindings;
use kernel::prelude::*;

module! {
    type: LabBounds,
    name: "lab_bounds",
    license: "GPL",
}

struct LabBounds;

impl kernel::Module for LabBounds {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mut numbers: KVec<u64> = KVec::with_capacity(8, GFP_KERNEL)?;
        let end = numbers.as_mut_ptr().wrapping_add(numbers.capacity());
        // An ordinary load, which the compiler instruments.
        let device = end
            .cast::<u8>()
            .wrapping_sub(offset_of!(bindings::device, driver_data))
            .cast::<bindings::device>();
        // SAFETY: None: this is the error to be reported. The helper reads 8 bytes in the allocator's slack.
        let data = unsafe { bindings::dev_get_drvdata(device) };
        // An atomic store, which the kernel's headers check by a call.
        // SAFETY: As above.
        unsafe { bindings::refcount_set(end.cast::<bindings::refcount_t>(), 1) };
        pr_info!("lab_bounds: read {}\n", if data.is_null() { "null" } else { "something" });
        Ok(Self)
    }
}
