; What Rust code makes of helpers: declarations, calls, and one address.
source_filename = "caller"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-none"

@address = constant ptr @rust_helper_print

define i32 @caller(i32 %x) {
  %a = call i32 @rust_helper_plain(i32 %x)
  %b = call i32 @rust_helper_marked(i32 %a)
  %c = call i32 @rust_helper_static(i32 %b)
  %d = call i32 @rust_helper_never(i32 %c)
  call void @rust_helper_quoted()
  %e = call i32 @rust_helper_calls_overridable(i32 %d)
  call void @rust_helper_might_resched()
  ret i32 %e
}

declare i32 @rust_helper_plain(i32)
declare i32 @rust_helper_marked(i32)
declare i32 @rust_helper_static(i32)
declare i32 @rust_helper_never(i32)
declare void @rust_helper_print(i32)
declare void @rust_helper_quoted()
declare i32 @rust_helper_calls_overridable(i32)
declare void @rust_helper_might_resched()
