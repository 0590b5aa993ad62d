#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace greywatch::agent {

/// A field in which a message tells what its sender is: it becomes the attribute `asset.<attribute>`. Where one field
/// carries several things in turn, `selector` is the field before it that says which, with this value.
struct IdentityField {
  std::string_view field;
  std::string_view attribute;
  std::string_view selector;
  std::uint64_t value = 0;
};

/// The one table to touch when another protocol tells who speaks. Sorted by protocol, the first word of the field.
std::span<IdentityField const> identity_fields();

/// Whether messages of the protocol tell anything of their sender.
bool identifies(std::string_view protocol);

}  // namespace greywatch::agent
