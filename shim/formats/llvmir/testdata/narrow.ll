; Helpers whose types are narrower than, or wrapped differently from, those that
; adapt.ll declares. As clang prints its output: unnamed values, attribute groups.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@state = external global i32

define dso_local i32 @rust_helper_result(i32 noundef %0) local_unnamed_addr #0 {
  %2 = mul i32 %0, -3
  ret i32 %2
}

define dso_local signext i16 @rust_helper_signed(i16 noundef signext %0) local_unnamed_addr #0 {
  %2 = sub i16 0, %0
  ret i16 %2
}

define dso_local noundef zeroext range(i8 0, 2) i8 @rust_helper_unsigned(ptr nocapture noundef readonly %0, i8 noundef zeroext %1) local_unnamed_addr #0 {
  %3 = load i8, ptr %0, align 1
  %4 = icmp ugt i8 %3, %1
  %5 = zext i1 %4 to i8
  ret i8 %5
}

define dso_local i24 @rust_helper_three_bytes([1 x i32] %0) local_unnamed_addr #0 {
  %2 = extractvalue [1 x i32] %0, 0
  %3 = trunc i32 %2 to i24
  ret i24 %3
}

define dso_local { i32 } @rust_helper_member({ [1 x i64] } %0) #1 {
  %2 = extractvalue { [1 x i64] } %0, 0, 0
  %3 = trunc i64 %2 to i32
  %4 = call i32 @rust_helper_result(i32 %3)
  %5 = insertvalue { i32 } poison, i32 %4, 0
  ret { i32 } %5
}

define dso_local void @rust_helper_nothing(i32 noundef %0) local_unnamed_addr #0 {
  store i32 %0, ptr @state, align 4
  ret void
}

define dso_local i32 @rust_helper_same(i32 noundef %0) local_unnamed_addr #0 {
  ret i32 %0
}

define dso_local i32 @rust_helper_wider(i64 noundef %0) local_unnamed_addr #0 {
  ret i32 1
}

define dso_local void @rust_helper_memory(ptr noalias nocapture writeonly sret(%struct.large) align 8 %0) local_unnamed_addr #0 {
  ret void
}

define dso_local { i64, i64 } @rust_helper_pair() local_unnamed_addr #0 {
  ret { i64, i64 } zeroinitializer
}

define dso_local i32 @rust_helper_count(i32 noundef %0, i32 noundef %1) local_unnamed_addr #0 {
  ret i32 %0
}

define dso_local float @rust_helper_float() local_unnamed_addr #0 {
  ret float 1.0
}

define dso_local i32 @rust_helper_never() local_unnamed_addr #2 {
  ret i32 7
}

define internal i32 @local(i32 %0) #0 {
  %2 = call i32 @rust_helper_result(i32 %0)
  ret i32 %2
}

%struct.large = type { i64, i64, i64 }
attributes #0 = { nounwind "target-cpu"="x86-64" }
attributes #1 = { alwaysinline nounwind "target-cpu"="x86-64" }
attributes #2 = { noinline nounwind "target-cpu"="x86-64" }
