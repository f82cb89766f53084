// SPDX-License-Identifier: Apache-2.0

//! A module outside of the kernel that uses helpers: reference counts and a
//! mutex.

use kernel::prelude::*;
use kernel::sync::{Arc, Mutex};

module! {
    type: LabExternal,
    name: "lab_external",
    license: "GPL",
}

struct LabExternal {
    numbers: Arc<Mutex<KVec<i32>>>,
}

impl kernel::Module for LabExternal {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let numbers = Arc::pin_init(kernel::new_mutex!(KVec::new()), GFP_KERNEL)?;
        let other: Arc<Mutex<KVec<i32>>> = numbers.clone();
        for i in 1..=10 {
            other.lock().push(i, GFP_KERNEL)?;
        }
        pr_info!("rust_external: the sum is {}\n", other.lock().iter().sum::<i32>());
        Ok(Self { numbers })
    }
}

impl Drop for LabExternal {
    fn drop(&mut self) {
        pr_info!("rust_external: {} numbers\n", self.numbers.lock().len());
    }
}
