; ModuleID = 'helpers.c'
source_filename = "helpers.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@__SCK__might_resched = external dso_local global i32, align 4
@__UNIQUE_ID___addressable___SCK__might_resched = internal global ptr @__SCK__might_resched, section ".discard.addressable", align 8
@jiffies = external dso_local global i32, align 4
@__UNIQUE_ID___addressable_jiffies = internal global ptr @jiffies, section ".discard.addressable", align 8
@modinfo = internal constant [20 x i8] c"helpers.license=GPL\00", section ".modinfo", align 16
@helpers_generation = dso_local local_unnamed_addr global i32 7, align 4
@rust_helper_static.seen = internal unnamed_addr global i32 0, align 4
@.str = private unnamed_addr constant [8 x i8] c"x = %d\0A\00", align 1
@external_weak = extern_weak dso_local global i32, align 4
@overridable = weak dso_local local_unnamed_addr constant i32 7, align 4
@overridable_count = weak dso_local local_unnamed_addr global i32 8, align 4
@unreferenced = weak dso_local local_unnamed_addr constant i32 9, align 4
@helpers_common = dso_local local_unnamed_addr global i32 0, align 4
@counter = internal unnamed_addr global i32 0, align 4
@llvm.compiler.used = appending global [3 x ptr] [ptr @__UNIQUE_ID___addressable___SCK__might_resched, ptr @__UNIQUE_ID___addressable_jiffies, ptr @modinfo], section "llvm.metadata"

@alias_of_weak = weak dso_local alias i32 (i32), ptr @rust_helper_overridable

; Function Attrs: alwaysinline mustprogress nofree norecurse nosync nounwind willreturn memory(read, argmem: none, inaccessiblemem: none) uwtable
define dso_local i32 @rust_helper_marked(i32 noundef %0) local_unnamed_addr #0 {
  %2 = add nsw i32 %0, 1
  %3 = load i32, ptr @helpers_generation, align 4, !tbaa !4
  %4 = add nsw i32 %2, %3
  ret i32 %4
}

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(none) uwtable
define dso_local range(i32 -2147483647, -2147483648) i32 @rust_helper_plain(i32 noundef %0) #1 {
  %2 = add nsw i32 %0, 1
  ret i32 %2
}

; Function Attrs: mustprogress nofree noinline norecurse nosync nounwind willreturn memory(none) uwtable
define dso_local i32 @rust_helper_never(i32 noundef %0) local_unnamed_addr #2 {
  %2 = mul nsw i32 %0, 3
  ret i32 %2
}

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(readwrite, inaccessiblemem: none) uwtable
define dso_local i32 @rust_helper_static(i32 noundef %0) local_unnamed_addr #3 {
  %2 = tail call fastcc i32 @local_needs_jiffies(i32 noundef %0)
  %3 = load i32, ptr @rust_helper_static.seen, align 4, !tbaa !4
  %4 = add nsw i32 %3, %2
  store i32 %4, ptr @rust_helper_static.seen, align 4, !tbaa !4
  ret i32 %4
}

; Function Attrs: mustprogress nofree noinline norecurse nosync nounwind willreturn memory(readwrite, argmem: none, inaccessiblemem: none) uwtable
define internal fastcc i32 @local_needs_jiffies(i32 noundef %0) unnamed_addr #4 {
  %2 = load i32, ptr @counter, align 4, !tbaa !4
  %3 = add nsw i32 %2, %0
  store i32 %3, ptr @counter, align 4, !tbaa !4
  %4 = load i32, ptr @jiffies, align 4, !tbaa !4
  %5 = add nsw i32 %4, %3
  ret i32 %5
}

; Function Attrs: nounwind uwtable
define dso_local void @rust_helper_print(i32 noundef %0) local_unnamed_addr #5 {
  %2 = tail call i32 (ptr, ...) @printk(ptr noundef nonnull @.str, i32 noundef %0) #7
  ret void
}

declare dso_local i32 @printk(ptr noundef, ...) local_unnamed_addr #6

; Function Attrs: nounwind uwtable
define dso_local ptr @rust_helper_vrealloc(ptr noundef %0, i64 noundef %1, i32 noundef %2) local_unnamed_addr #5 {
  %4 = tail call ptr @vrealloc_noprof(ptr noundef %0, i64 noundef %1, i32 noundef %2) #7
  ret ptr %4
}

declare dso_local ptr @vrealloc_noprof(ptr noundef, i64 noundef, i32 noundef) local_unnamed_addr #6

; Function Attrs: nounwind uwtable
define dso_local void @rust_helper_might_resched() local_unnamed_addr #5 {
  tail call void asm sideeffect "call ${0:c}", "i,~{memory},~{dirflag},~{fpsr},~{flags}"(ptr nonnull @__SCT__might_resched) #7, !srcloc !8
  ret void
}

declare dso_local i32 @__SCT__might_resched() #6

; Function Attrs: nounwind uwtable
define dso_local i32 @rust_helper_asm_text(i32 noundef %0) local_unnamed_addr #5 {
  %2 = tail call i32 asm sideeffect "call __put_user_${1:P}", "={ax},i,0,~{memory},~{dirflag},~{fpsr},~{flags}"(i32 4, i32 %0) #7, !srcloc !9
  ret i32 %2
}

; Function Attrs: nounwind uwtable
define dso_local void @rust_helper_quoted() local_unnamed_addr #5 {
  tail call void @"a name with blanks"() #7
  ret void
}

declare dso_local void @"a name with blanks"() local_unnamed_addr #6

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(none) uwtable
define dso_local noundef ptr @rust_helper_weak() local_unnamed_addr #1 {
  ret ptr @external_weak
}

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(none) uwtable
define dso_local noundef nonnull ptr @rust_helper_address() local_unnamed_addr #1 {
  ret ptr @rust_helper_plain
}

; Function Attrs: nounwind uwtable
define weak dso_local i32 @rust_helper_overridable(i32 noundef %0) #5 {
  %2 = load i32, ptr @overridable, align 4, !tbaa !4
  %3 = add nsw i32 %2, %0
  %4 = load i32, ptr @overridable_count, align 4, !tbaa !4
  %5 = add nsw i32 %3, %4
  ret i32 %5
}

; Function Attrs: nounwind uwtable
define dso_local i32 @rust_helper_calls_overridable(i32 noundef %0) local_unnamed_addr #5 {
  %2 = tail call i32 @rust_helper_overridable(i32 noundef %0)
  ret i32 %2
}

attributes #0 = { alwaysinline mustprogress nofree norecurse nosync nounwind willreturn memory(read, argmem: none, inaccessiblemem: none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }
attributes #1 = { mustprogress nofree norecurse nosync nounwind willreturn memory(none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }
attributes #2 = { mustprogress nofree noinline norecurse nosync nounwind willreturn memory(none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }
attributes #3 = { mustprogress nofree norecurse nosync nounwind willreturn memory(readwrite, inaccessiblemem: none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }
attributes #4 = { mustprogress nofree noinline norecurse nosync nounwind willreturn memory(readwrite, argmem: none, inaccessiblemem: none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }
attributes #5 = { nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }
attributes #6 = { "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }
attributes #7 = { nounwind }

!llvm.module.flags = !{!0, !1, !2}
!llvm.ident = !{!3}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 1, !"Code Model", i32 2}
!2 = !{i32 7, !"uwtable", i32 2}
!3 = !{!"Debian clang version 19.1.7 (3+b1)"}
!4 = !{!5, !5, i64 0}
!5 = !{!"int", !6, i64 0}
!6 = !{!"omnipotent char", !7, i64 0}
!7 = !{!"Simple C/C++ TBAA"}
!8 = !{i64 1701}
!9 = !{i64 1809}
