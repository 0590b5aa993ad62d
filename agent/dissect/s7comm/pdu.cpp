#include "agent/dissect/s7comm/pdu.hpp"

#include "agent/dissect/s7comm/item.hpp"
#include "agent/dissect/s7comm/tables.hpp"

namespace greywatch::agent::s7comm {
namespace {

bool known_rosctr(std::uint8_t rosctr) { return (rosctr >= 1 && rosctr <= 3) || rosctr == 7; }

UserData read_user_data(Reader& in) {
  UserData said{.head = in.be24(), .length = in.u8(), .method = in.u8()};
  auto const type = in.u8();
  said.type = type >> 4;
  said.group = type & 15;
  said.subfunction = in.u8();
  said.sequence = in.u8();
  if (said.length == 8 && in.left() >= 4) {
    said.long_form = true;
    said.data_unit = in.u8();
    said.more_follows = in.u8() != 0;
    said.error = in.be16();
  }
  return said;
}

/// Walks the lists of a read or a write; what is not whole is named.
std::optional<Malformed> check_variables(Pdu const& pdu) {
  bool const job = pdu.header.kind() == Rosctr::job;
  Reader in(pdu.parameter);
  in.skip(1);
  int const count = in.u8();
  if (!in) return Malformed{Defect::truncated, pdu.header.octets() + in.at(), "item_count"};
  if (job) {
    for (int i = 0; i < count; ++i) read_item(in, i + 1 == count);
    if (!in) return Malformed{Defect::truncated, pdu.header.octets() + in.at(), "item"};
  }
  bool const writes = pdu.function == static_cast<std::uint8_t>(Function::write_variable);
  Reader data(pdu.data);
  if (writes && !job) {
    data.skip(static_cast<std::size_t>(count));
  } else if (writes != !job) {
    for (int i = 0; i < count; ++i) read_data_item(data, i + 1 == count);
  }
  if (!data) return Malformed{Defect::truncated, pdu.data_at() + data.at(), "data"};
  return std::nullopt;
}

std::optional<Malformed> check(Pdu const& pdu) {
  if (pdu.user_data) {
    auto const& said = *pdu.user_data;
    if (said.length + std::size_t{4} > pdu.parameter.size() && said.group != 0)
      return Malformed{Defect::bad_length, pdu.header.octets() + 3, "userdata.length"};
    if (pdu.data.empty()) return std::nullopt;
    Reader data(pdu.data);
    data.take(read_data_head(data).length);
    if (!data) return Malformed{Defect::truncated, pdu.data_at() + 2, "data.length"};
    return std::nullopt;
  }
  if (!pdu.function) return std::nullopt;
  bool const fine = pdu.header.error_class == 0 && pdu.header.error_code == 0;
  auto const function = static_cast<Function>(*pdu.function);
  bool const variables = function == Function::read_variable || function == Function::write_variable;
  return variables && fine ? check_variables(pdu) : std::nullopt;
}

}  // namespace

Header read_header(Reader& in) {
  Header header{.protocol = in.u8(),
                .rosctr = in.u8(),
                .redundancy = in.be16(),
                .reference = in.be16(),
                .parameter_length = in.be16(),
                .data_length = in.be16()};
  if (header.acknowledges()) {
    header.error_class = in.u8();
    header.error_code = in.u8();
  }
  return header;
}

DataHead read_data_head(Reader& in) {
  DataHead head{.return_code = in.u8(), .transport_size = in.u8(), .length = in.be16()};
  if (head.transport_size == 4 || head.transport_size == 5)
    head.length = static_cast<std::uint16_t>((head.length + 7) / 8);
  return head;
}

Pdu read_pdu(Bytes octets) {
  Reader in(octets);
  Pdu pdu{.header = read_header(in)};
  auto const& header = pdu.header;
  if (!in) {
    pdu.malformed = in.error("header");
    return pdu;
  }
  if (!known_rosctr(header.rosctr)) {
    pdu.malformed = Malformed{Defect::bad_value, 1, "rosctr"};
    return pdu;
  }
  pdu.parameter = in.take(header.parameter_length);
  if (!in) {
    pdu.malformed = Malformed{Defect::bad_length, 6, "parameter_length"};
    return pdu;
  }
  pdu.data = in.take(header.data_length);
  if (header.kind() == Rosctr::user_data) {
    Reader parameter(pdu.parameter);
    auto const said = read_user_data(parameter);
    if (!parameter) {
      pdu.malformed = Malformed{Defect::truncated, header.octets() + parameter.at(), "userdata"};
      return pdu;
    }
    pdu.user_data = said;
  } else if (!pdu.parameter.empty()) {
    pdu.function = pdu.parameter[0];
  } else if (header.kind() == Rosctr::job) {
    pdu.malformed = Malformed{Defect::truncated, header.octets(), "function"};
    return pdu;
  }
  if (!in) {
    pdu.malformed = Malformed{Defect::bad_length, 8, "data_length"};
  } else if (in.left() != 0) {
    pdu.malformed = Malformed{Defect::trailing, in.at(), "data"};
  } else {
    pdu.malformed = check(pdu);
  }
  return pdu;
}

bool looks_like_pdu(Bytes octets, std::size_t length) {
  if (octets.empty() || octets[0] != protocol_id) return false;
  if (octets.size() < 2) return true;
  Reader in(octets);
  auto const header = read_header(in);
  if (!known_rosctr(header.rosctr)) return false;
  return !in || (header.redundancy == 0 && header.whole() == length);
}

}  // namespace greywatch::agent::s7comm
