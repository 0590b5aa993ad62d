#include "agent/dissect/dns/message.hpp"

namespace greywatch::agent::dns {
namespace {

void put_label(Bytes label, Name& name) {
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

Header read_header(Bytes message) {
  Reader in(message);
  return {.id = in.be16(),
          .flags = in.be16(),
          .questions = in.be16(),
          .answers = in.be16(),
          .authorities = in.be16(),
          .additional = in.be16()};
}

std::optional<Malformed> read_name(Bytes message, std::size_t& at, Name& name) {
  constexpr std::size_t longest = 255;
  name.clear();
  auto here = at, earliest = at;
  std::size_t octets = 1;
  bool jumped = false;
  while (true) {
    if (here >= message.size()) return Malformed{Defect::truncated, message.size(), "name"};
    auto const length = message[here];
    if (length == 0) {
      if (!jumped) at = here + 1;
      if (name.empty()) name.put('.');
      return std::nullopt;
    }
    if (length >= 0xc0) {
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

Walk::Walk(Bytes message, Header const& header)
    : message_(message),
      questions_(header.questions),
      records_(std::uint32_t{header.answers} + header.authorities + header.additional) {}

std::optional<Question> Walk::question() {
  if (questions_ == 0 || malformed) return std::nullopt;
  --questions_;
  malformed = read_name(message_, at, name);
  if (malformed) return std::nullopt;
  Reader in(message_.subspan(at));
  Question const question{.type = in.be16(), .qclass = in.be16()};
  at += in.at();
  if (in) return question;
  malformed = Malformed{Defect::truncated, message_.size(), "question"};
  return std::nullopt;
}

std::optional<Record> Walk::record() {
  if (records_ == 0 || malformed) return std::nullopt;
  --records_;
  malformed = read_name(message_, at, name);
  if (malformed) return std::nullopt;
  Reader in(message_.subspan(at));
  Record record{.type = in.be16(), .rclass = in.be16(), .ttl = in.be32(), .length = in.be16(), .data = at + 10};
  in.skip(record.length);
  at += in.at();
  if (in) return record;
  malformed = Malformed{Defect::truncated, message_.size(), "record"};
  return std::nullopt;
}

bool data_fits(Bytes message, Record const& record) {
  auto at = record.data;
  auto const end = record.data + record.length;
  Name name;
  auto const names = [&](std::size_t before, int count, std::size_t behind) {
    if (before + behind > record.length) return false;
    at += before;
    for (int n = 0; n < count; ++n)
      if (read_name(message.first(end), at, name)) return false;
    return at + behind == end;
  };
  // An update deletes by records without data: RFC 2136, 2.5.2.
  if (record.length == 0) return true;
  switch (record.type) {
    case 1:
      return record.length == 4;
    case 28:
      return record.length == 16;
    case 2:
    case 5:
    case 12:
    case 39:
      return names(0, 1, 0);
    case 6:
      return names(0, 2, 20);
    case 15:
      return names(2, 1, 0);
    case 33:
      return names(6, 1, 0);
    case 13:
    case 16: {
      while (at < end) at += message[at] + 1u;
      return at == end;
    }
    default:
      return true;
  }
}

}  // namespace greywatch::agent::dns
