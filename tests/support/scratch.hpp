#pragma once
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace greywatch::test {

/// An empty folder of its own for one test, removed with all in it at the end.
class Scratch {
 public:
  Scratch() {
    auto name = (std::filesystem::temp_directory_path() / "greywatch-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no scratch folder");
    folder_ = name;
  }
  Scratch(Scratch const&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::filesystem::path const& path() const { return folder_; }
  std::filesystem::path operator/(std::string const& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

}  // namespace greywatch::test
