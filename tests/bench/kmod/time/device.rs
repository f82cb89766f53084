// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0

//! The module: when it is loaded, it measures the loops; while it is loaded, there is a device for `client.c`, whose calls are as
//! those of many small drivers: look up what belongs to the file, take a lock, copy from and to the process.

use kernel::{
    error::to_result,
    fs::File,
    ioctl::{_IOC_SIZE, _IOWR},
    miscdevice::{MiscDevice, MiscDeviceOptions, MiscDeviceRegistration},
    new_mutex,
    prelude::*,
    sync::Mutex,
    uaccess::{UserPtr, UserSlice},
};

module! {
    type: LtoWrapTime,
    name: "lto_wrap_time",
    description: "Times loops in nanoseconds, in Rust and in C",
    license: "GPL",
}

extern "C" {
    fn lto_wrap_time_measure() -> i32;
}

#[pin_data]
struct LtoWrapTime {
    #[pin]
    device: MiscDeviceRegistration<Counter>,
}

impl kernel::InPlaceModule for LtoWrapTime {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        // SAFETY: It has no requirements.
        let measured = to_result(unsafe { lto_wrap_time_measure() });
        try_pin_init!(Self {
            _: { measured? },
            device <- MiscDeviceRegistration::register(MiscDeviceOptions { name: c"lto-wrap-time" }),
        })
    }
}

/// Exchanges the value of the process for the sum of all so far, as `client.c` has it.
const ADD: u32 = _IOWR::<u64>('|' as u32, 0x90);

#[pin_data]
struct Counter {
    #[pin]
    sum: Mutex<u64>,
}

#[vtable]
impl MiscDevice for Counter {
    type Ptr = Pin<KBox<Self>>;

    fn open(_file: &File, _misc: &MiscDeviceRegistration<Self>) -> Result<Pin<KBox<Self>>> {
        KBox::try_pin_init(try_pin_init! { Counter { sum <- new_mutex!(0u64) } }, GFP_KERNEL)
    }

    fn ioctl(me: Pin<&Counter>, _file: &File, cmd: u32, arg: usize) -> Result<isize> {
        match cmd {
            ADD => {
                let (mut reader, mut writer) = UserSlice::new(UserPtr::from_addr(arg), _IOC_SIZE(cmd)).reader_writer();
                let value: u64 = reader.read()?;
                let mut sum = me.sum.lock();
                *sum = sum.wrapping_add(value);
                writer.write(&*sum)?;
                Ok(0)
            }
            _ => Err(ENOTTY),
        }
    }
}
