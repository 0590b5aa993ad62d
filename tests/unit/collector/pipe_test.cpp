#include "collector/pipe.hpp"

#include <catch2/catch.hpp>
#include <thread>

namespace greywatch::collector {
namespace {

TEST_CASE("a pipe hands everything over once and in order, however small it is", "[collector]") {
  Pipe<int> pipe(2);
  std::thread writer([&] {
    for (int i = 0; i < 5000; ++i) pipe.put(i);
    pipe.close();
  });
  int expected = 0;
  bool in_order = true;
  while (auto const one = pipe.take()) in_order = in_order && *one == expected++;
  writer.join();
  CHECK(in_order);
  CHECK(expected == 5000);
}

TEST_CASE("a pipe that its reader closes lets its writer go", "[collector]") {
  Pipe<int> pipe(1);
  std::thread writer([&] {
    while (pipe.put(1)) continue;
  });
  CHECK(pipe.take() == 1);
  pipe.close();
  writer.join();
  while (pipe.take()) continue;
  CHECK_FALSE(pipe.put(2));
}

}  // namespace
}  // namespace greywatch::collector
