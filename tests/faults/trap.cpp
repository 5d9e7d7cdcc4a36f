// SPDX-License-Identifier: MIT
#include "tests/faults/trap.h"

#include "tests/faults/raw_syscall.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include <cstddef>
#include <cstdint>

// The address behind the system call instruction is what the kernel shows to the filter.
#if defined(__x86_64__)
asm(R"(
.text
.globl disk_faults_syscall
.type disk_faults_syscall, @function
disk_faults_syscall:
  mov %rdi, %rax
  mov %rsi, %rdi
  mov %rdx, %rsi
  mov %rcx, %rdx
  mov %r8, %r10
  mov %r9, %r8
  mov 8(%rsp), %r9
  syscall
.globl disk_faults_syscall_made
disk_faults_syscall_made:
  ret
.size disk_faults_syscall, . - disk_faults_syscall
.globl disk_faults_return
disk_faults_return:
  mov $15, %rax
  syscall
)");
#elif defined(__aarch64__)
asm(R"(
.text
.globl disk_faults_syscall
.type disk_faults_syscall, %function
disk_faults_syscall:
  mov x8, x0
  mov x0, x1
  mov x1, x2
  mov x2, x3
  mov x3, x4
  mov x4, x5
  mov x5, x6
  svc #0
.globl disk_faults_syscall_made
disk_faults_syscall_made:
  ret
.size disk_faults_syscall, . - disk_faults_syscall
.globl disk_faults_return
disk_faults_return:
  mov x8, #139
  svc #0
)");
#endif

extern "C" void disk_faults_syscall_made();
extern "C" void disk_faults_return();

namespace dogged::faults {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

constexpr std::size_t kMostInstructions = 256;

Handler handle = nullptr;  // set once, before the first trap

// The kernel's own form. Its call is used rather than libc's, which a sanitizer stands in front of.
struct KernelSigaction {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};

// A program of the kernel's packet filter, instruction by instruction.
class Filter {
 public:
  void load(std::size_t offset) {
    put(BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset));
  }
  void load_argument(int index) {
    load(offsetof(seccomp_data, args) + static_cast<std::size_t>(index) * sizeof(std::uint64_t));
  }
  // Skips so many instructions where the test holds, or where it does not.
  void test(unsigned how, std::uint32_t value, unsigned skip_if, unsigned skip_else) {
    put(BPF_JMP | how | BPF_K, skip_if, skip_else, value);
  }
  void end(std::uint32_t verdict) { put(BPF_RET | BPF_K, 0, 0, verdict); }

  sock_fprog program() { return {size_, code_}; }

 private:
  void put(unsigned code, unsigned skip_if, unsigned skip_else, std::uint32_t value) {
    code_[size_++] = {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(skip_if),
                      static_cast<std::uint8_t>(skip_else), value};
  }

  sock_filter code_[kMostInstructions];
  unsigned short size_ = 0;
};

// Little-endian both: the low half comes first.
void let_our_own_through(Filter& filter) {
  const auto made = reinterpret_cast<std::uint64_t>(&disk_faults_syscall_made);
  filter.load(offsetof(seccomp_data, instruction_pointer));
  filter.test(BPF_JEQ, static_cast<std::uint32_t>(made), 0, 3);
  filter.load(offsetof(seccomp_data, instruction_pointer) + sizeof(std::uint32_t));
  filter.test(BPF_JEQ, static_cast<std::uint32_t>(made >> 32U), 0, 1);
  filter.end(SECCOMP_RET_ALLOW);
}

// Four instructions where the number is `call`'s.
void trap_one(Filter& filter, const TrappedCall& call) {
  constexpr std::uint32_t kForWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
  filter.test(BPF_JEQ, static_cast<std::uint32_t>(call.number), 0, 4);
  switch (call.only) {
    case Only::any:
      filter.load_argument(0);
      filter.test(BPF_JGE, 0, 0, 1);
      break;
    case Only::descriptors:
      filter.load_argument(0);
      filter.test(BPF_JGT, 2, 0, 1);
      break;
    case Only::open_for_writing:
    case Only::openat_for_writing:
      filter.load_argument(call.only == Only::open_for_writing ? 1 : 2);
      filter.test(BPF_JSET, kForWriting, 0, 1);
      break;
    case Only::of_a_file:
      filter.load_argument(4);
      filter.test(BPF_JEQ, 0xffffffffU, 1, 0);
      break;
  }
  filter.end(SECCOMP_RET_TRAP);
  filter.end(SECCOMP_RET_ALLOW);
}

void on_trap(int /*signal*/, siginfo_t* info, void* context) {
  mcontext_t& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  greg_t* const r = machine.gregs;
  const long arguments[6] = {r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]};
  r[REG_RAX] = handle(info->si_syscall, arguments);
#elif defined(__aarch64__)
  auto& r = machine.regs;
  long arguments[6];
  for (int i = 0; i < 6; ++i) {
    arguments[i] = static_cast<long>(r[i]);
  }
  r[0] = static_cast<unsigned long long>(handle(info->si_syscall, arguments));
#endif
}

}  // namespace

int trap_calls(const TrappedCall* calls, std::size_t count, Handler handler) {
  constexpr unsigned long kRestorer = 0x04000000;  // SA_RESTORER, which headers keep to themselves
  handle = handler;
  const KernelSigaction action = {on_trap, SA_SIGINFO | kRestorer, disk_faults_return, ~0ULL};
  long failed = raw(SYS_rt_sigaction, SIGSYS, address(&action), 0, sizeof action.mask);
  Filter filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.test(BPF_JEQ, kArchitecture, 1, 0);
  filter.end(SECCOMP_RET_ALLOW);
  let_our_own_through(filter);
  filter.load(offsetof(seccomp_data, nr));
  for (std::size_t i = 0; i < count; ++i) {
    trap_one(filter, calls[i]);
  }
  filter.end(SECCOMP_RET_ALLOW);
  const sock_fprog program = filter.program();
  failed = failed != 0 ? failed : raw(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  failed = failed != 0 ? failed : raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, address(&program));
  return static_cast<int>(-failed);
}

}  // namespace dogged::faults
