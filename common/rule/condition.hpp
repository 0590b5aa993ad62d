#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace greywatch::rules {

/// A rule's condition as a tree. Sigma rules specification 2.0.0, "Condition". Precedence, least binding first: or,
/// and, not, "n of x", parentheses.
struct Condition {
  enum class Kind : std::uint8_t { selection, all, any, none };  ///< `all` is and, `any` or (with `least`), `none` not
  struct Node {
    Kind kind = Kind::selection;
    std::uint32_t selection = 0;          ///< which one, for Kind::selection
    std::uint32_t least = 1;              ///< for Kind::any: how many of the children must hold
    std::vector<std::uint32_t> children;  ///< places in `nodes`
  };
  std::vector<Node> nodes;
  std::uint32_t root = 0;

  /// Asks `holds(selection)` for as few selections as needed.
  template <class Holds>
  bool evaluate(Holds&& holds) const {
    return evaluate(root, holds);
  }

 private:
  template <class Holds>
  bool evaluate(std::uint32_t at, Holds& holds) const {
    auto const& node = nodes[at];
    switch (node.kind) {
      case Kind::selection:
        return holds(node.selection);
      case Kind::none:
        return !evaluate(node.children.front(), holds);
      case Kind::all:
        for (auto const child : node.children)
          if (!evaluate(child, holds)) return false;
        return true;
      case Kind::any: {
        std::uint32_t found = 0;
        for (auto const child : node.children)
          if (evaluate(child, holds) && ++found >= node.least) return true;
        return false;
      }
    }
    return false;
  }
};

/// Reads a condition over the selections `names`. The refusal says what is wrong and at which column (from 1) of the
/// condition. `used` is set for every selection that the condition asks for.
Result<Condition, Refusal> parse_condition(std::string_view text, std::vector<std::string> const& names,
                                           std::vector<bool>& used);

/// Joins conditions by "or", as a list of conditions means.
Condition any_of(std::vector<Condition> conditions);
/// Joins conditions by "and".
Condition all_of(std::vector<Condition> conditions);

}  // namespace greywatch::rules
