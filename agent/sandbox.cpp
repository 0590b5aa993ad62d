#include "agent/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace greywatch::agent {

namespace {

[[noreturn]] void refused(char const* what, int error) {
  throw std::system_error(error, std::generic_category(), what);
}

void drop_capabilities() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refused("no_new_privs", errno);
  // The bounding set first: it needs CAP_SETPCAP, which a service user does not have; then it is empty of use anyway.
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2]{};
  if (syscall(SYS_capset, &header, none) != 0) refused("dropping capabilities", errno);
}

/// The rights of one Landlock rule, cut to what the kernel's version knows. linux/landlock.h.
constexpr std::uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t write_rights = read_rights | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                       LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                       LANDLOCK_ACCESS_FS_MAKE_DIR;
constexpr std::uint64_t handled_rights = write_rights | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                         LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                         LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

void allow(int ruleset, std::filesystem::path const& path, std::uint64_t rights, std::vector<std::string>& missed) {
  int const descriptor = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor < 0) return;  // what is not there needs no right
  struct stat about{};
  if (fstat(descriptor, &about) == 0 && !S_ISDIR(about.st_mode))
    rights &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
  landlock_path_beneath_attr rule{rights, descriptor};
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    missed.push_back(fmt::format("Landlock refused {}: {}", path.string(), std::strerror(errno)));
  close(descriptor);
}

void restrict_files(SandboxOptions const& options, std::vector<std::string>& missed) {
  landlock_ruleset_attr const attributes{.handled_access_fs = handled_rights};
  auto const ruleset =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0));
  if (ruleset < 0) {
    missed.push_back(
        fmt::format("the kernel has no Landlock ({}): files are guarded by the unit alone", std::strerror(errno)));
    return;
  }
  for (auto const& path : options.writable) allow(ruleset, path, write_rights, missed);
  for (auto const& path : options.readable) allow(ruleset, path, read_rights, missed);
  if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
    missed.push_back(fmt::format("Landlock: {}", std::strerror(errno)));
  close(ruleset);
}

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};

/// What SCMP_A0 and its like make by a compound literal, which is no C++.
constexpr scmp_arg_cmp equal(unsigned argument, scmp_datum_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }

void filter_calls(SandboxOptions const& options) {
  std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) refused("seccomp", ENOMEM);
  auto const check = [](int status) {
    if (status < 0) refused("seccomp", -status);
  };
  // What an agent never does: an attempt is an intrusion into the agent itself.
  for (int call : {SCMP_SYS(execve),
                   SCMP_SYS(execveat),
                   SCMP_SYS(ptrace),
                   SCMP_SYS(process_vm_readv),
                   SCMP_SYS(process_vm_writev),
                   SCMP_SYS(init_module),
                   SCMP_SYS(finit_module),
                   SCMP_SYS(delete_module),
                   SCMP_SYS(kexec_load),
                   SCMP_SYS(kexec_file_load),
                   SCMP_SYS(mount),
                   SCMP_SYS(umount2),
                   SCMP_SYS(pivot_root),
                   SCMP_SYS(chroot),
                   SCMP_SYS(setns),
                   SCMP_SYS(unshare),
                   SCMP_SYS(bpf),
                   SCMP_SYS(perf_event_open),
                   SCMP_SYS(userfaultfd),
                   SCMP_SYS(add_key),
                   SCMP_SYS(request_key),
                   SCMP_SYS(keyctl),
                   SCMP_SYS(open_by_handle_at),
                   SCMP_SYS(reboot),
                   SCMP_SYS(swapon),
                   SCMP_SYS(swapoff),
                   SCMP_SYS(settimeofday),
                   SCMP_SYS(clock_settime),
                   SCMP_SYS(adjtimex),
                   SCMP_SYS(iopl),
                   SCMP_SYS(ioperm),
                   SCMP_SYS(io_uring_setup)})
    check(seccomp_rule_add(filter.get(), SCMP_ACT_KILL_PROCESS, call, 0));
  check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1, equal(0, AF_PACKET)));
  for (int descriptor : options.capture_descriptors)
    for (int call : {SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
                     SCMP_SYS(sendmmsg), SCMP_SYS(sendfile), SCMP_SYS(splice)})
      check(seccomp_rule_add(filter.get(), SCMP_ACT_KILL_PROCESS, call, 1,
                             equal(call == SCMP_SYS(splice) ? 2 : 0, static_cast<scmp_datum_t>(descriptor))));
  check(seccomp_load(filter.get()));
}

}  // namespace

std::vector<std::string> enter_sandbox(SandboxOptions const& options) {
  std::vector<std::string> missed;
  drop_capabilities();
  restrict_files(options, missed);
  filter_calls(options);
  return missed;
}

}  // namespace greywatch::agent
