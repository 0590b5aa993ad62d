#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/rule/rule.hpp"

namespace greywatch::rules {

/// Finds the few rules that an event can match at all. Every rule is filed under literals of which at least one must
/// occur (a field's whole value, or four octets of it), chosen so that the fewest rules share them; rules that need no
/// literal are always candidates. A candidate may still not match; a rule that is no candidate cannot. Cost an event:
/// one look-up per filed field and one per four octets of the fields searched for parts. One thread.
class Prefilter {
 public:
  /// Files `rules`; candidates are places in it.
  void build(std::vector<Rule> const& rules);
  /// Appends the candidates in ascending order, each once.
  void candidates(EventCache& event, std::vector<std::uint32_t>& out);
  /// How many rules are candidates for every event.
  std::size_t unfiled() const { return always_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Filed = std::vector<std::uint32_t>;
  static constexpr std::size_t bits = 1U << 16U;
  struct PerField {
    FieldId field = 0;
    std::unordered_map<std::string, Filed, Hash, std::equal_to<>> whole;
    std::unordered_map<std::uint32_t, Filed> parts;
    std::vector<std::uint64_t> seen;  ///< one bit a hashed part, so that most octets cost no look-up
  };
  PerField& at(FieldId field);
  void take(Filed const& rules, std::vector<std::uint32_t>& out);

  std::vector<PerField> fields_;
  Filed always_;
  std::vector<std::uint64_t> taken_;  ///< the event for which a rule is already a candidate
  std::uint64_t now_ = 0;
};

}  // namespace greywatch::rules
