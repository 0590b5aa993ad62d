#include "agent/sandbox.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>

using namespace greywatch::agent;

namespace {

/// Runs `act` in a child process inside the sandbox; its exit status, or minus the signal that ended it.
int sandboxed(SandboxOptions const& options, std::function<int()> const& act) {
  pid_t const child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    enter_sandbox(options);
    _exit(act());
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("inside the sandbox no program can be started", "[agent][sandbox]") {
  CHECK(sandboxed({}, [] {
          execl("/bin/true", "true", nullptr);
          return 1;
        }) == -SIGSYS);
}

TEST_CASE("inside the sandbox nothing can be sent on a capture descriptor", "[agent][sandbox]") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  SandboxOptions const options{.capture_descriptors = {ends[0]}};
  CHECK(sandboxed(options, [&] { return send(ends[0], "x", 1, 0) == 1; }) == -SIGSYS);
  CHECK(sandboxed(options, [&] { return write(ends[0], "x", 1) == 1; }) == -SIGSYS);
  CHECK(sandboxed(options, [&] { return write(ends[1], "x", 1) == 1 ? 0 : 1; }) == 0);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("inside the sandbox no packet socket can be opened", "[agent][sandbox]") {
  CHECK(sandboxed({}, [] { return socket(AF_PACKET, SOCK_DGRAM, 0) < 0 && errno == EPERM ? 0 : 1; }) == 0);
}

TEST_CASE("inside the sandbox only the named directory can be written", "[agent][sandbox]") {
  std::string inside = "/tmp/greywatch-sandbox-XXXXXX", outside = inside;
  REQUIRE(mkdtemp(inside.data()));
  REQUIRE(mkdtemp(outside.data()));
  auto const create = [](std::string const& name) {
    int const descriptor = open(name.c_str(), O_WRONLY | O_CREAT, 0600);
    return descriptor >= 0 ? 0 : errno;
  };
  CHECK(sandboxed({.writable = {inside}}, [&] { return create(inside + "/file"); }) == 0);
  pid_t const probe = fork();
  REQUIRE(probe >= 0);
  if (probe == 0) _exit(enter_sandbox({}).empty() ? 0 : 1);
  int status = 0;
  REQUIRE(waitpid(probe, &status, 0) == probe);
  if (WEXITSTATUS(status) != 0)
    WARN("skipped half: this kernel has no Landlock");
  else
    CHECK(sandboxed({.writable = {inside}}, [&] { return create(outside + "/file"); }) == EACCES);
  std::filesystem::remove_all(inside);
  std::filesystem::remove_all(outside);
}
