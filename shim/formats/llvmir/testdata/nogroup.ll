; Functions without attribute groups, which clang never prints and llvm-as takes.
target triple = "x86_64-unknown-linux-gnu"

@"quoted = name" = global i32 1, align 4
@other = extern_weak global i32

define void @rust_helper_bare() {
  ret void
}

define i32 @rust_helper_section(ptr byval(i32) %0) unnamed_addr section ".noinstr.text" align 16 {
  %2 = load i32, ptr @other, align 4
  ret i32 %2
}

define linkonce_odr void @rust_helper_other_linkage() {
  call void @rust_helper_bare()
  ret void
}
