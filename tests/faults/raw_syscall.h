// SPDX-License-Identifier: MIT
#pragma once

namespace dogged::faults {

// A system call as it is: no errno (failures are -E...), no cancellation, no sanitizer, and let
// through by our own trap, which knows the address that it is made from. Any thread, also in a
// signal handler.
extern "C" long disk_faults_syscall(long number, long a, long b, long c, long d, long e, long f);

template <typename... Args>
long raw(long number, Args... args) {
  const long a[6] = {static_cast<long>(args)...};
  return disk_faults_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// An address as the kernel takes it.
inline long address(const void* pointer) {
  return static_cast<long>(reinterpret_cast<unsigned long>(pointer));
}

}  // namespace dogged::faults
