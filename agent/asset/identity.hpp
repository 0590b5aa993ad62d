#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace greywatch::agent {

/// A field in which a message tells what its sender is: it becomes the attribute `asset.<attribute>`. Where one field
/// carries several things in turn, `selector` is the last field before it that selects anything, with this value.
struct IdentityField {
  std::string_view field;
  std::string_view attribute;
  std::string_view selector;
  std::uint64_t value = 0;
  bool list = false;  ///< whatever was said is kept, not only the latest
};

/// The one table to touch when another protocol tells who speaks. Sorted by protocol, the first word of the field.
std::span<IdentityField const> identity_fields();

/// A protocol whose messages tell of a host by its addresses, wherever they come from: the fields with both. What
/// identifies is then said of that host, not of the sender.
struct Subject {
  std::string_view protocol, ip, mac;
};
Subject const* subject_of(std::string_view protocol);

/// Whether an answer of this code may tell what its sender is, not only what opens a flow, diagnoses or is of the
/// session.
bool answers_identify(std::string_view protocol, std::uint32_t code);

/// Whether messages of the protocol tell anything of their sender.
bool identifies(std::string_view protocol);

}  // namespace greywatch::agent
