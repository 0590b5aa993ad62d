#pragma once
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/observation.hpp"

namespace greywatch::agent {

/// The fields of one message by name, in the order in which the names came; what a name came with is one list. Values
/// are kept until `clear`, texts too, which a message has for the call only. Keeps its buffers. `Value` is a variant.
template <class Value>
class FieldColumns final : public FieldSink {
 public:
  struct Column {
    std::string_view name;
    std::vector<Value> values;
  };
  std::span<Column const> all() const { return std::span(columns_).first(used_); }
  void clear() { used_ = texts_used_ = 0; }

  void field(std::string_view name, std::uint64_t value) override { add(name, value); }
  void field(std::string_view name, std::int64_t value) override { add(name, value); }
  void field(std::string_view name, double value) override { add(name, value); }
  void field(std::string_view name, bool value) override { add(name, value); }
  void field(std::string_view name, std::string_view text) override {
    if (texts_used_ == texts_.size()) texts_.emplace_back();
    auto& kept = texts_[texts_used_++];
    kept = text;
    add(name, std::string_view(kept));
  }

 private:
  void add(std::string_view name, Value value) {
    for (auto& column : std::span(columns_).first(used_))
      if (column.name == name) {
        column.values.push_back(value);
        return;
      }
    if (used_ == columns_.size()) columns_.emplace_back();
    auto& column = columns_[used_++];
    column.name = name;
    column.values.assign(1, value);
  }

  std::vector<Column> columns_;
  std::size_t used_ = 0;  ///< columns of this message
  std::deque<std::string> texts_;
  std::size_t texts_used_ = 0;
};

}  // namespace greywatch::agent
