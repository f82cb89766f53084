rust/.tmp_kernel.bc: lib.rs one.rs with\ blank.rs data.txt /usr/lib/rustlib/lib/libcore-59e270dbebcb4231.rlib /usr/lib/rustlib/lib/libcompiler_builtins-5039d2f985590bed.rlib /usr/lib/rustlib/lib/librustc_std_workspace_core-b504209a1a186bc4.rlib

rust/libkernel.rmeta: lib.rs one.rs with\ blank.rs data.txt /usr/lib/rustlib/lib/libcore-59e270dbebcb4231.rlib /usr/lib/rustlib/lib/libcompiler_builtins-5039d2f985590bed.rlib /usr/lib/rustlib/lib/librustc_std_workspace_core-b504209a1a186bc4.rlib

rust/.kernel.o.d: lib.rs one.rs with\ blank.rs data.txt /usr/lib/rustlib/lib/libcore-59e270dbebcb4231.rlib /usr/lib/rustlib/lib/libcompiler_builtins-5039d2f985590bed.rlib /usr/lib/rustlib/lib/librustc_std_workspace_core-b504209a1a186bc4.rlib

lib.rs:
one.rs:
with\ blank.rs:
data.txt:
/usr/lib/rustlib/lib/libcore-59e270dbebcb4231.rlib:
/usr/lib/rustlib/lib/libcompiler_builtins-5039d2f985590bed.rlib:
/usr/lib/rustlib/lib/librustc_std_workspace_core-b504209a1a186bc4.rlib:

# env-dep:RUST_MODFILE=rust/x
