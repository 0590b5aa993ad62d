#include "agent/dissect/rdp/negotiation.hpp"

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::rdp {

Negotiation read_negotiation(Bytes tpkt) {
  constexpr std::string_view cookie = "Cookie: mstshash=";
  constexpr std::size_t most_line = 512;
  Negotiation said;
  if (tpkt.size() < variable_part) return said;
  // The length indicator covers all of it; some clients of old count the negotiation as user data.
  auto part = tpkt.subspan(variable_part);
  std::size_t at = 0;
  if (!part.empty() && part[0] > Negotiation::correlation) {
    auto const length = text::line_length(part, most_line);
    auto const line = as_text(part.first(length));
    if (length < 2 || !line.ends_with("\r\n") || !(line.starts_with("Cookie: ") || line.starts_with("tsv://"))) {
      said.malformed = {Defect::bad_value, 0, "rdp.cookie"};
      return said;
    }
    said.line = part.first(length - 2);
    if (line.starts_with(cookie)) said.user = line.substr(cookie.size(), length - 2 - cookie.size());
    at = length;
  }
  if (at == part.size()) return said;
  Reader in(part.subspan(at));
  said.type = in.u8();
  said.flags = in.u8();
  said.length = in.le16();
  said.value = in.le32();
  if (!in) {
    said.malformed = {Defect::truncated, part.size(), "rdp.negotiation"};
  } else if (said.length != 8) {
    said.malformed = {Defect::bad_length, at + 2, "rdp.negotiation.length"};
  } else if (said.type < Negotiation::request || said.type > Negotiation::failure) {
    said.malformed = {Defect::bad_value, at, "rdp.negotiation.type"};
  } else if (in.left() >= 4) {
    // RDP_NEG_CORRELATION_INFO. 2.2.1.1.2.
    said.has_correlation = in.u8() == Negotiation::correlation;
  }
  return said;
}

}  // namespace greywatch::agent::rdp
