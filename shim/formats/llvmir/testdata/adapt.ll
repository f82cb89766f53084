; A crate that declares the helpers of narrow.ll with other types, and calls each
; with a number of numbers. printf shows what the machine makes of the calls.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@bytes = constant [4 x i8] c"\00\01\7F\FF"
@numbers = constant [6 x i64] [i64 0, i64 1, i64 -1, i64 2147483647, i64 -9223372036854775808, i64 1311768467463790320]
@line = constant [22 x i8] c"%d %d %d %d %d %d %d\0A\00"
@state = global i32 0

define i32 @main() {
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %next, %loop ]
  %at = getelementptr i64, ptr @numbers, i64 %i
  %x = load i64, ptr %at
  %byte = and i64 %i, 3
  %p = getelementptr i8, ptr @bytes, i64 %byte
  %result = call i64 @rust_helper_result(i64 %x)
  %r32 = trunc i64 %result to i32
  %short = shl i64 %x, 48
  %extended = ashr i64 %short, 48 ; as the attribute signext has it
  %signed = call i64 @rust_helper_signed(i64 %extended)
  %wide = trunc i64 %signed to i32
  %unsigned = call i64 @rust_helper_unsigned(ptr %p, i64 %i)
  %u8 = trunc i64 %unsigned to i8
  %u32 = zext i8 %u8 to i32
  %three = call i64 @rust_helper_three_bytes(i32 %r32)
  %t24 = trunc i64 %three to i24
  %t32 = zext i24 %t24 to i32
  %member = call i64 @rust_helper_member(i64 %x)
  %m32 = trunc i64 %member to i32
  call void @rust_helper_nothing(i64 %x)
  %s = load i32, ptr @state
  %same = call i32 @rust_helper_same(i32 %r32)
  %printed = call i32 (ptr, ...) @printf(ptr @line, i32 %r32, i32 %wide, i32 %u32, i32 %t32, i32 %m32, i32 %s, i32 %same)
  %next = add i64 %i, 1
  %done = icmp eq i64 %next, 6
  br i1 %done, label %out, label %loop
out:
  ret i32 0
}

declare i64 @rust_helper_result(i64)
declare i64 @rust_helper_signed(i64)
declare i64 @rust_helper_unsigned(ptr, i64)
declare i64 @rust_helper_three_bytes(i32)
declare i64 @rust_helper_member(i64)
declare void @rust_helper_nothing(i64)
declare i32 @rust_helper_same(i32)
declare i32 @printf(ptr, ...)
