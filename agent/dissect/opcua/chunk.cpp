#include "agent/dissect/opcua/chunk.hpp"

#include <algorithm>
#include <array>

namespace greywatch::agent::opcua {
namespace {

struct TypeRow {
  std::string_view text;
  MessageType type;
};
constexpr TypeRow types[] = {
    {"HEL", MessageType::hello},         {"ACK", MessageType::acknowledge}, {"ERR", MessageType::error},
    {"RHE", MessageType::reverse_hello}, {"OPN", MessageType::open},        {"MSG", MessageType::message},
    {"CLO", MessageType::close},
};

constexpr std::size_t header = 8;
constexpr std::uint32_t most_size = 1U << 28;

/// The shortest message of each type, header included.
std::uint32_t least_size(MessageType type) {
  switch (type) {
    case MessageType::hello:
      return 32;
    case MessageType::acknowledge:
      return 28;
    case MessageType::error:
    case MessageType::reverse_hello:
      return 16;
    case MessageType::open:
      return 32;
    default:
      return 24;
  }
}

std::optional<MessageType> find_type(Bytes octets) {
  auto const text = as_text(octets.first(3));
  auto const* const row = std::ranges::find(types, text, &TypeRow::text);
  if (row == std::end(types)) return std::nullopt;
  return row->type;
}

/// Does a row begin with what is there?
bool may_begin(Bytes octets) {
  auto const text = as_text(octets.first(std::min<std::size_t>(octets.size(), 3)));
  return std::ranges::any_of(types, [&](TypeRow const& row) { return row.text.starts_with(text); });
}

}  // namespace

std::string_view name(MessageType type) { return types[static_cast<std::size_t>(type)].text; }

Frame frame(Bytes octets) {
  using enum Frame::Verdict;
  if (!may_begin(octets)) return {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
  if (octets.size() < header) return {.verdict = more};
  auto const type = *find_type(octets);
  auto const final = octets[3];
  bool const single = type != MessageType::message;
  if (final != 'F' && (single || (final != 'C' && final != 'A')))
    return {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = 3};
  Reader in(octets.subspan(4));
  auto const size = in.le32();
  if (size < least_size(type) || size > most_size)
    return {.verdict = lost, .length = 1, .defect = Defect::bad_length, .offset = 4};
  auto const wanted = std::min<std::size_t>(size, most_read);
  return {.verdict = octets.size() >= wanted ? complete : more, .length = size, .wanted = wanted};
}

Bytes read_string(Reader& in) {
  auto const length = static_cast<std::int32_t>(in.le32());
  if (length == -1) return {};
  return in.take(length < 0 ? SIZE_MAX : static_cast<std::size_t>(length));
}

Result<Chunk> read_chunk(Bytes octets) {
  auto const cut = frame(octets);
  if (cut.verdict == Frame::Verdict::lost) return fail({cut.defect, cut.offset, "header"});
  if (octets.size() < header) return fail({Defect::truncated, octets.size(), "header"});
  Reader in(octets.first(std::min(octets.size(), cut.length)));
  in.skip(3);
  Chunk chunk{.type = *find_type(octets), .final = static_cast<char>(in.u8()), .size = in.le32()};
  if (chunk.type >= MessageType::open) chunk.channel = in.le32();
  if (chunk.type == MessageType::open) {
    AsymmetricHeader read;
    read.policy_uri = read_string(in);
    read.sender_certificate = read_string(in);
    read.receiver_thumbprint = read_string(in);
    chunk.asymmetric = read;
  } else if (chunk.type >= MessageType::message) {
    chunk.token = in.le32();
  }
  if (!in) return fail(in.error("security_header"));
  chunk.offset = in.at();
  chunk.rest = in.rest();
  return chunk;
}

/// HEL and OPN say what they are in letters and lengths; the rest has letters and little more.
Likeness probe(Bytes octets, Direction) {
  auto const cut = frame(octets);
  if (cut.verdict == Frame::Verdict::lost || octets.empty()) return Likeness::no;
  if (octets.size() < header) return octets.size() < 3 ? Likeness::more : Likeness::plausible;
  auto const chunk = read_chunk(octets);
  if (cut.verdict == Frame::Verdict::more) return Likeness::plausible;
  if (!chunk) return Likeness::no;
  if (chunk->type == MessageType::open)
    return as_text(chunk->asymmetric->policy_uri).starts_with("http://opcfoundation.org/") ? Likeness::certain
                                                                                           : Likeness::no;
  if (chunk->type == MessageType::hello) {
    Reader in(chunk->rest);
    in.skip(20);
    auto const url = as_text(read_string(in));
    return in && url.starts_with("opc.") ? Likeness::certain : Likeness::plausible;
  }
  return Likeness::plausible;
}

}  // namespace greywatch::agent::opcua
