#include "agent/dissect/fix/message.hpp"

#include <algorithm>
#include <charconv>

namespace greywatch::agent::fix {
namespace {

constexpr std::size_t trailer = 7;      // "10=" three digits SOH
constexpr std::size_t most_begin = 16;  // octets of BeginString
constexpr std::size_t most_body = 1 << 24;
constexpr std::size_t most_described = 1024;  // fields of one message that are given on

/// At most `octets` from `at` on, as many as there are.
Bytes some(Bytes all, std::size_t at, std::size_t octets) {
  auto const rest = all.subspan(std::min(at, all.size()));
  return rest.first(std::min(octets, rest.size()));
}

/// Is `text` there, as far as there is anything?
bool begins(Bytes octets, std::size_t at, std::string_view text) {
  auto const there = some(octets, at, text.size());
  return as_text(there) == text.substr(0, there.size());
}

std::size_t find_soh(Bytes octets, std::size_t from, std::size_t most) {
  auto const end = std::min(octets.size(), from + most + 1);
  while (from < end && octets[from] != soh) ++from;
  return from;
}

std::uint8_t sum(Bytes octets) {
  std::uint8_t total = 0;
  for (auto octet : octets) total = static_cast<std::uint8_t>(total + octet);
  return total;
}

void check_trailer(Message& message) {
  auto const& layout = message.layout;
  auto const at = layout.whole - trailer;
  auto const digits = message.octets.subspan(at + 3, 3);
  message.check_sum = sum(message.octets.first(at));
  auto const said = read_count(digits);
  if (!said) {
    message.malformed = Malformed{Defect::bad_value, at + 3, "check_sum"};
  } else if (*said != *message.check_sum) {
    message.malformed = Malformed{Defect::bad_checksum, at + 3, "check_sum"};
  }
}

void take(Message& message, Field const& field, std::uint32_t& delimiter, bool& counting) {
  auto const flag = [&] { return field.value.size() == 1 && field.value[0] == 'Y'; };
  if (counting) delimiter = field.tag, counting = false;
  if (field.tag == delimiter) ++message.entries;
  switch (field.tag) {
    case tag::msg_seq_num:
      message.sequence = read_count(field.value);
      break;
    case tag::new_seq_no:
      message.new_sequence = read_count(field.value);
      break;
    case tag::sender_comp_id:
      message.sender = as_text(field.value);
      break;
    case tag::target_comp_id:
      message.target = as_text(field.value);
      break;
    case tag::symbol:
      if (message.symbol.empty()) message.symbol = as_text(field.value);
      break;
    case tag::exec_type:
      if (field.value.size() == 1) message.exec_type = field.value[0];
      break;
    case tag::order_qty:
      if (!message.order_quantity) message.order_quantity = read_number(field.value);
      break;
    case tag::last_qty:
      if (!message.last_quantity) message.last_quantity = read_number(field.value);
      break;
    case tag::poss_dup_flag:
      message.possible_duplicate = flag();
      break;
    case tag::gap_fill_flag:
      message.gap_fill = flag();
      break;
    case tag::reset_seq_num_flag:
      message.reset = flag();
      break;
    case tag::no_md_entries:
      message.entries_said = read_count(field.value);
      counting = true;
      break;
    default:
      if (field.tag != tag::begin_string && field.tag != tag::body_length && field.tag != tag::check_sum &&
          field.tag != tag::msg_type && !is_secret(field.tag) && find_field(field.tag) == nullptr)
        ++message.unknown;
  }
}

void describe_field(Field const& field, FieldSink& sink) {
  auto const* const row = find_field(field.tag);
  if (row == nullptr) return;
  if (row->kind == Kind::integer) {
    if (auto const count = read_count(field.value)) return sink.field(row->name, std::uint64_t{*count});
  } else if (row->kind == Kind::number) {
    if (auto const number = read_number(field.value)) return sink.field(row->name, *number);
  }
  sink.field(row->name, as_text(field.value));
}

}  // namespace

std::optional<Layout> read_layout(Bytes octets, Frame& frame) {
  using enum Frame::Verdict;
  auto const lost_at = [&](Defect defect, std::size_t offset) {
    frame = {.verdict = lost, .length = 1, .defect = defect, .offset = static_cast<std::uint16_t>(offset)};
    return std::nullopt;
  };
  frame = {.verdict = more};
  if (!begins(octets, 0, "8=")) return lost_at(Defect::bad_value, 0);
  auto const begin_end = find_soh(octets, 2, most_begin);
  if (begin_end > 2 + most_begin || (begin_end == 2 && octets.size() > 2)) return lost_at(Defect::bad_value, 2);
  auto const text = as_text(some(octets, 2, begin_end - 2));
  if (std::ranges::any_of(text, [](char c) { return c < 0x20 || c > 0x7e || c == '='; }))
    return lost_at(Defect::bad_value, 2);
  if (begin_end >= octets.size()) return std::nullopt;
  if (!begins(octets, begin_end + 1, "9=")) return lost_at(Defect::bad_value, begin_end + 1);
  auto const length_at = begin_end + 3;
  auto const length_end = find_soh(octets, length_at, 9);
  if (length_end > length_at + 9) return lost_at(Defect::bad_length, length_at);
  if (length_at < octets.size() && length_end > length_at &&
      !read_count(octets.subspan(length_at, length_end - length_at)))
    return lost_at(Defect::bad_length, length_at);
  if (length_end >= octets.size()) return std::nullopt;
  auto const length = read_count(octets.subspan(length_at, length_end - length_at));
  // The shortest body has a MsgType of one octet.
  if (!length || *length < 5 || *length > most_body) return lost_at(Defect::bad_length, length_at);
  Layout layout{.begin_string = octets.subspan(2, begin_end - 2), .body = length_end + 1};
  layout.own = !text.starts_with("FIX.") && !text.starts_with("FIXT.");
  // Compressed bodies (FIXCOMP) have no MsgType.
  if (!text.starts_with("FIXCOMP") && !begins(octets, layout.body, "35="))
    return lost_at(Defect::bad_value, layout.body);
  layout.whole = layout.body + *length + (layout.own ? 0 : trailer);
  // BodyLength counts up to the SOH before CheckSum.
  if (!layout.own && !begins(octets, layout.whole - trailer, "10=")) return lost_at(Defect::bad_length, length_at);
  if (octets.size() >= layout.body + *length && octets[layout.body + *length - 1] != soh && !layout.own)
    return lost_at(Defect::bad_length, length_at);
  if (!layout.own && octets.size() >= layout.whole && octets[layout.whole - 1] != soh)
    return lost_at(Defect::bad_value, layout.whole - 1);
  return layout;
}

Frame frame(Bytes octets) {
  Frame frame;
  auto const layout = read_layout(octets, frame);
  if (!layout) return frame;
  auto const wanted = std::min(layout->whole, most_read);
  auto const verdict = octets.size() >= wanted ? Frame::Verdict::complete : Frame::Verdict::more;
  return {.verdict = verdict, .length = layout->whole, .wanted = wanted};
}

/// "8=FIX", a length that leads to a trailer and a checksum that holds cannot be chance.
Likeness probe(Bytes octets, Direction) {
  Frame frame;
  auto const layout = read_layout(octets, frame);
  if (!layout) return frame.verdict == Frame::Verdict::lost ? Likeness::no : Likeness::more;
  if (layout->own || octets.size() < layout->whole) return Likeness::plausible;
  return read_message(octets.first(layout->whole)).malformed ? Likeness::plausible : Likeness::certain;
}

std::optional<double> read_number(Bytes value) {
  auto const text = as_text(value);
  double number = 0;
  auto const* const end = text.data() + text.size();
  auto const [at, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || at != end || text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789.-") != std::string_view::npos) return std::nullopt;  // inf, nan
  return number;
}

Message read_message(Bytes octets) {
  Message message{.octets = octets};
  Frame cut;
  auto const layout = read_layout(octets, cut);
  if (!layout) {
    auto const truncated = cut.verdict == Frame::Verdict::more;
    message.malformed = truncated ? Malformed{Defect::truncated, octets.size(), "header"}
                                  : Malformed{cut.defect, std::min<std::size_t>(cut.offset, octets.size()), "header"};
    return message;
  }
  message.layout = *layout;
  bool const whole = octets.size() >= layout->whole;
  message.octets = octets.first(std::min(octets.size(), layout->whole));
  if (as_text(layout->begin_string).starts_with("FIXCOMP")) return message;
  auto const type_at = layout->body + 3;
  auto const type_end = find_soh(message.octets, type_at, 8);
  message.type = as_text(some(message.octets, type_at, type_end > type_at ? type_end - type_at : 0));
  if (message.type.empty() || type_end > type_at + 8) {
    message.type = {};
    message.malformed = Malformed{Defect::bad_value, layout->body, "msg_type"};
    return message;
  }
  if (layout->own) return message;  // what a private format holds is not ours to read
  if (whole) check_trailer(message);
  FieldReader fields(message.octets);
  std::uint32_t delimiter = 0;
  bool counting = false;
  while (auto const field = fields.next()) take(message, *field, delimiter, counting);
  if (fields.error() && whole && !message.malformed) message.malformed = fields.error();
  return message;
}

void describe(void const* said, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(said);
  auto const begin = as_text(message.layout.begin_string);
  if (message.layout.own) {
    sink.field("fix.private.begin_string", begin);
    if (!message.type.empty()) sink.field("fix.private.msg_type", message.type);
    return;
  }
  if (begin.empty()) return;
  sink.field("fix.begin_string", begin);
  FieldReader fields(message.octets);
  std::size_t count = 0;
  bool secret = false;
  while (auto const field = fields.next()) {
    secret = secret || is_secret(field->tag);
    if (++count > most_described) continue;
    if (field->tag == tag::body_length) {
      if (auto const length = read_count(field->value)) sink.field("fix.body_length", std::uint64_t{*length});
    } else if (field->tag == tag::msg_type) {
      sink.field("fix.msg_type", as_text(field->value));
    } else if (field->tag == tag::check_sum) {
      sink.field("fix.check_sum", as_text(field->value));
    } else {
      describe_field(*field, sink);
    }
  }
  if (count > most_described) sink.field("fix.more_fields", std::uint64_t{count - most_described});
  if (message.unknown != 0) sink.field("fix.unknown_fields", std::uint64_t{message.unknown});
  if (secret) sink.field("fix.secret_present", true);
}

}  // namespace greywatch::agent::fix
