#include "agent/dissect/mqtt/properties.hpp"

#include <array>

#include "agent/dissect/mqtt/packet.hpp"

namespace greywatch::agent::mqtt {
namespace {

enum class Form : std::uint8_t { none, one, two, four, variable, text, binary, pair };

/// Forms by identifier. MQTT 5.0, table 2-4.
constexpr auto forms = [] {
  std::array<Form, 43> made{};
  for (auto const id : {1, 23, 25, 36, 37, 40, 41, 42}) made[static_cast<std::size_t>(id)] = Form::one;
  for (auto const id : {19, 33, 34, 35}) made[static_cast<std::size_t>(id)] = Form::two;
  for (auto const id : {2, 17, 24, 39}) made[static_cast<std::size_t>(id)] = Form::four;
  for (auto const id : {3, 8, 18, 21, 26, 28, 31}) made[static_cast<std::size_t>(id)] = Form::text;
  for (auto const id : {9, 22}) made[static_cast<std::size_t>(id)] = Form::binary;
  made[11] = Form::variable;
  made[38] = Form::pair;
  return made;
}();

}  // namespace

std::optional<Property> Properties::next() {
  if (broken_ || in_.left() == 0) return std::nullopt;
  auto const at = in_.at();
  Property property{.id = read_variable(in_)};
  auto const form = property.id < forms.size() ? forms[property.id] : Form::none;
  switch (form) {
    case Form::none:
      if (in_) unknown_ = property.id;
      broken_ = at;
      return std::nullopt;
    case Form::one:
      property.number = in_.u8();
      break;
    case Form::two:
      property.number = in_.be16();
      break;
    case Form::four:
      property.number = in_.be32();
      break;
    case Form::variable:
      property.number = read_variable(in_);
      break;
    case Form::text:
      property.kind = Property::Kind::text;
      property.text = as_text(read_counted(in_));
      break;
    case Form::binary:
      property.kind = Property::Kind::binary;
      property.binary = read_counted(in_);
      break;
    case Form::pair:
      property.kind = Property::Kind::pair;
      property.text = as_text(read_counted(in_));
      property.pair_value = as_text(read_counted(in_));
  }
  if (in_) return property;
  broken_ = at;
  return std::nullopt;
}

}  // namespace greywatch::agent::mqtt
