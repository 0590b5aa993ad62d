#pragma once
#include <cstddef>
#include <memory>
#include <span>

#include "agent/observation.hpp"

namespace greywatch::agent {

/// Rules that one message broke. `most` is how many one message can break: more are not kept.
template <std::size_t most>
class ViolationList {
 public:
  ViolationList() {}  // leaves `all_` as it is: almost every message breaks nothing
  void add(Violation const& violation) {
    if (size_ < most) std::construct_at(all_ + size_++, violation);
  }
  std::span<Violation const> all() const { return std::span(all_, size_); }

 private:
  union {
    Violation all_[most];
  };
  std::size_t size_ = 0;
};

}  // namespace greywatch::agent
