; ModuleID = 'none.c'
source_filename = "none.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@a = external dso_local global i32, align 4
@c = dso_local local_unnamed_addr global ptr @a, align 8
@b = internal global i32 0, align 4
@llvm.compiler.used = appending global [1 x ptr] [ptr @b], section "llvm.metadata"

!llvm.module.flags = !{!0, !1, !2}
!llvm.ident = !{!3}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 1, !"Code Model", i32 2}
!2 = !{i32 7, !"uwtable", i32 2}
!3 = !{!"Debian clang version 19.1.7 (3+b1)"}
