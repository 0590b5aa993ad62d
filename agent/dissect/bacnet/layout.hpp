#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "agent/dissect/bacnet/apdu.hpp"
#include "agent/dissect/bacnet/value.hpp"

namespace greywatch::agent::bacnet {

/// What a parameter of a service is.
enum class Means : std::uint8_t {
  told,         ///< a value of the part's own field
  object,       ///< the object, or an object, that the service is about
  property,     ///< of the object before
  array_index,  ///< of the property before
  priority,     ///< that a value is written with
  value,        ///< of the property before: anything between an opening and a closing tag
  error_class,
  error_code,
  state,   ///< what a device is to become: of a state, or of what it says
  group,   ///< parts between an opening and a closing tag
  passed,  ///< not read
  opaque,  ///< a vendor's own octets between an opening tag and the closing one that ends the message
  secret,  ///< a password: never said
};

/// A part of a service's parameters. Parts of one place are told apart by their context tag, or, where they have
/// application tags, by their order in it; all may come again, as those of a list do.
struct Part {
  std::uint8_t inside = 0;  ///< 0: the front; else the place that a group opens
  std::uint8_t number = 0;  ///< context tag, or place in the order
  Type type = Type::untold;
  Means means = Means::told;
  std::string_view field = {};
  bool needed = true;        ///< once at least in a message, if its place is the front
  std::uint8_t opens = 0;    ///< of groups
  bool application = false;  ///< has an application tag
};
using Layout = std::span<Part const>;

/// What stands behind the header of an APDU. ASHRAE 135, clauses 13 to 17 and 21. Nothing for services that have no
/// parameters, or whose are not read.
std::optional<Layout> layout_of(Kind kind, std::uint8_t service);

/// Takes what parameters say, in their order.
class PartSink {
 public:
  virtual ~PartSink() = default;
  virtual void part(Part const& part, Value const& value) = 0;
  /// A context tag that the layout does not have: what is new in the standard, or wrong.
  virtual void unknown_tag(std::uint8_t number) { (void)number; }
};

/// How deep tags may stand in each other.
inline constexpr int most_depth = 16;
/// Goes through `body`. The first rule that is broken is returned, its offset counted from the front of `body`; parts
/// are told as far as they are whole. Of the `first_segment` of a message the end may be missing.
std::optional<Malformed> walk(Layout layout, Bytes body, PartSink& sink, bool first_segment = false);

}  // namespace greywatch::agent::bacnet
