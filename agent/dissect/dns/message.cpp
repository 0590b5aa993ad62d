#include "agent/dissect/dns/message.hpp"

namespace greywatch::agent::dns {
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
  return text::read_domain_name(message, at, name, text::NameForm::compressed);
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
