#include "agent/dissect/text/domain_name.hpp"

namespace greywatch::agent::text {
namespace {

void put_label(Bytes label, DomainName& name) {
  for (auto octet : label) {
    if (octet == '.' || octet == '\\') {
      name.put('\\');
      name.put(static_cast<char>(octet));
    } else if (octet > 0x20 && octet != 0x7f) {
      name.put(static_cast<char>(octet));  // of multicast DNS also UTF-8: RFC 6762, 16
    } else if (octet == 0x20) {
      name.put(' ');
    } else {
      name.put('\\');
      name.put(static_cast<char>('0' + octet / 100));
      name.put(static_cast<char>('0' + octet / 10 % 10));
      name.put(static_cast<char>('0' + octet % 10));
    }
  }
}

}  // namespace

std::optional<Malformed> read_domain_name(Bytes message, std::size_t& at, DomainName& name, NameForm form) {
  constexpr std::size_t longest = 255;
  name.clear();
  auto here = at, earliest = at;
  std::size_t octets = 1;
  bool jumped = false;
  while (true) {
    if (form == NameForm::partial && here == message.size()) {
      at = here;
      return std::nullopt;
    }
    if (here >= message.size()) return Malformed{Defect::truncated, message.size(), "name"};
    auto const length = message[here];
    if (length == 0) {
      if (!jumped) at = here + 1;
      if (name.empty()) name.put('.');
      return std::nullopt;
    }
    if (length >= 0xc0 && form == NameForm::compressed) {
      if (here + 1 >= message.size()) return Malformed{Defect::truncated, message.size(), "name"};
      auto const to = (length & 0x3fu) << 8 | message[here + 1];
      if (!jumped) at = here + 2;
      jumped = true;
      if (to >= earliest) return Malformed{Defect::bad_value, here, "name"};
      here = earliest = to;
      continue;
    }
    if (length > 63) return Malformed{Defect::bad_value, here, "name"};
    octets += length + 1u;
    if (octets > longest) return Malformed{Defect::bad_length, here, "name"};
    if (message.size() - here - 1 < length) return Malformed{Defect::truncated, message.size(), "name"};
    if (!name.empty()) name.put('.');
    put_label(message.subspan(here + 1, length), name);
    here += length + 1u;
  }
}

}  // namespace greywatch::agent::text
