#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace greywatch::agent {

/// What the agent still needs once its captures are open.
struct SandboxOptions {
  std::vector<std::filesystem::path> writable;  ///< directories: state, spool
  std::vector<std::filesystem::path> readable;  ///< files or directories: certificates, resolver configuration
  std::vector<int> capture_descriptors;         ///< must never be written to
};

/// Gives up what is not needed, for this thread and all that it starts: capabilities, new privileges, the file system
/// but for the named paths (Landlock, where the kernel has it), and by seccomp the system calls that start programs,
/// load code into the kernel, trace others or open packet sockets; and any write or send on a capture descriptor. Call
/// once, before other threads start. Returns what could not be applied, one sentence each, for the log; throws
/// std::system_error when capabilities or seccomp are refused.
std::vector<std::string> enter_sandbox(SandboxOptions const& options);

}  // namespace greywatch::agent
