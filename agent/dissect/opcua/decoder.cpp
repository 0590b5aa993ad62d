#include "agent/dissect/opcua/decoder.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>

#include "agent/dissect/opcua/chunk.hpp"

namespace greywatch::agent::opcua {
namespace {

/// What a variant's scalars are called, by Type; of arrays with an s behind it.
constexpr std::string_view scalar_names[] = {"",
                                             "opcua.boolean",
                                             "opcua.sbyte",
                                             "opcua.byte",
                                             "opcua.int16",
                                             "opcua.uint16",
                                             "opcua.int32",
                                             "opcua.uint32",
                                             "opcua.int64",
                                             "opcua.uint64",
                                             "opcua.float",
                                             "opcua.double",
                                             "opcua.string"};
constexpr std::string_view array_names[] = {"",
                                            "opcua.booleans",
                                            "opcua.sbytes",
                                            "opcua.bytes",
                                            "opcua.int16s",
                                            "opcua.uint16s",
                                            "opcua.int32s",
                                            "opcua.uint32s",
                                            "opcua.int64s",
                                            "opcua.uint64s",
                                            "opcua.floats",
                                            "opcua.doubles",
                                            "opcua.string"};

/// AttributeId of a node's value. OPC 10000-6, annex A.
constexpr std::uint32_t attribute_value = 13;

}  // namespace

class Decoder::Depth {
 public:
  explicit Depth(Decoder& decoder) : decoder_(decoder) { ++decoder_.depth_; }
  ~Depth() { --decoder_.depth_; }
  Depth(Depth const&) = delete;
  Depth& operator=(Depth const&) = delete;
  bool too_deep() const { return decoder_.depth_ > most_depth && !decoder_.fail(Defect::too_deep); }

 private:
  Decoder& decoder_;
};

bool Decoder::fail(Defect defect) {
  if (!error_) error_ = Malformed{defect, offset_ + in_.at(), "body"};
  return false;
}

/// Null is -1; any other negative length is a lie, and so is one beyond what is left.
std::optional<std::uint32_t> Decoder::array_length() {
  auto const length = static_cast<std::int32_t>(in_.le32());
  if (!in_) return fail(Defect::truncated), std::nullopt;
  if (length <= 0) return length >= -1 ? std::optional<std::uint32_t>(0) : (fail(Defect::bad_length), std::nullopt);
  if (static_cast<std::uint32_t>(length) > in_.left()) return fail(Defect::bad_length), std::nullopt;
  return static_cast<std::uint32_t>(length);
}

std::string_view Decoder::string() { return as_text(read_string(in_)); }

bool Decoder::walk(Structure const& structure) {
  Depth const depth(*this);
  if (depth.too_deep()) return false;
  for (auto const& each : structure.members)
    if (!member(each)) return false;
  return true;
}

bool Decoder::member(Member const& member) {
  if (!member.array) return element(member);
  auto const length = array_length();
  if (!length) return false;
  if (member.subject) summary_.subjects += *length;
  bool const holds_subject =
      member.type == Type::structure && std::ranges::any_of(member.structure->members, &Member::subject);
  if (holds_subject) summary_.subjects += *length;
  bool const outermost = depth_ == 1;
  for (std::uint32_t n = 0; n < *length; ++n) {
    if (outermost) place_ = n;
    if (outermost && member.type == Type::data_value) identity_ = asked_.name_of(n);
    if (!element(member)) return false;
  }
  identity_ = {};
  return true;
}

/// A part of BuildInfo that a Read asks for as a whole. Attribute 13 is Value.
void Decoder::note_read(std::string_view index_range) {
  if (node_ != 0 && index_range.empty()) summary_.build_reads.note(node_, place_);
  node_ = 0;
}

/// Of a variant's numbers the first one is the message's value; 64-bit integers are left out, which a double cannot
/// hold.
void Decoder::note(double value) {
  if (scalar_of_variant_ && in_ && !summary_.value && std::isfinite(value)) summary_.value = value;
}

bool Decoder::element(Member const& member) {
  auto const unsigned_field = [&](std::uint64_t value) {
    if (sink_ && !member.name.empty()) sink_->field(member.name, value);
    return in_ ? true : fail(Defect::truncated);
  };
  auto const signed_field = [&](std::int64_t value) {
    if (sink_ && !member.name.empty()) sink_->field(member.name, value);
    return in_ ? true : fail(Defect::truncated);
  };
  switch (member.type) {
    case Type::boolean: {
      auto const octet = in_.u8();
      bool const value = octet != 0;
      note(octet);
      if (sink_ && !member.name.empty() && in_) sink_->field(member.name, value);
      return in_ ? true : fail(Defect::truncated);
    }
    case Type::sbyte: {
      auto const value = static_cast<std::int8_t>(in_.u8());
      note(value);
      return signed_field(value);
    }
    case Type::byte: {
      auto const value = in_.u8();
      note(value);
      return unsigned_field(value);
    }
    case Type::int16: {
      auto const value = static_cast<std::int16_t>(in_.le16());
      note(value);
      return signed_field(value);
    }
    case Type::uint16: {
      auto const value = in_.le16();
      note(value);
      return unsigned_field(value);
    }
    case Type::int32: {
      auto const value = static_cast<std::int32_t>(in_.le32());
      note(value);
      return signed_field(value);
    }
    case Type::uint32: {
      auto const value = in_.le32();
      note(value);
      if (node_ != 0 && member.name == "opcua.attribute_id" && value != attribute_value) node_ = 0;
      return unsigned_field(value);
    }
    case Type::status_code: {
      auto const code = in_.le32();
      if (member.name == "opcua.service_result" && !summary_.service_result) summary_.service_result = code;
      return unsigned_field(code);
    }
    case Type::int64:
      return signed_field(static_cast<std::int64_t>(in_.le64()));
    case Type::uint64:
      return unsigned_field(in_.le64());
    case Type::date_time:
      in_.skip(8);
      return in_ ? true : fail(Defect::truncated);
    case Type::floating:
    case Type::doubled: {
      auto const value = member.type == Type::floating ? in_.le_float() : std::bit_cast<double>(in_.le64());
      note(value);
      if (sink_ && !member.name.empty() && in_) sink_->field(member.name, value);
      return in_ ? true : fail(Defect::truncated);
    }
    case Type::guid:
      in_.skip(16);
      return in_ ? true : fail(Defect::truncated);
    case Type::byte_string:
    case Type::xml_element:
    case Type::string: {
      auto const text = string();
      if (!in_) return fail(Defect::bad_length);
      if (sink_ && !member.name.empty() && !member.secret) sink_->field(member.name, text);
      if (!member.identity.empty() && !text.empty()) {
        summary_.identifies = true;
        if (sink_) sink_->field(member.identity, text);
      }
      if (node_ != 0 && member.name == "opcua.index_range") note_read(text);
      return true;
    }
    case Type::node_id: {
      auto const id = node_id();
      if (error_) return false;
      if (member.subject && !summary_.subject) summary_.subject = id;
      bool const may_be_part = member.subject && id.kind == NodeId::Kind::numeric && id.namespace_index == 0;
      node_ = may_be_part ? id.numeric : 0;
      tell(id, member.secret);
      return true;
    }
    case Type::expanded_node_id:
      return expanded_node_id(member);
    case Type::qualified_name: {
      auto const index = in_.le16();
      auto const text = string();
      if (!in_) return fail(Defect::bad_length);
      if (sink_) sink_->field("opcua.qualified_name.namespace_index", std::uint64_t{index});
      if (sink_) sink_->field("opcua.qualified_name.name", text);
      return true;
    }
    case Type::localized_text:
      return localized_text();
    case Type::extension_object:
      return extension_object();
    case Type::data_value:
      return data_value();
    case Type::variant:
      return variant();
    case Type::diagnostic_info:
      return diagnostic_info();
    case Type::structure:
      return walk(*member.structure);
  }
  return fail(Defect::bad_value);
}

NodeId Decoder::node_id() {
  auto const encoding = in_.u8() & 0x3F;
  NodeId id;
  id.has_namespace = encoding != 0;
  switch (encoding) {
    case 0:
      id.numeric = in_.u8();
      break;
    case 1:
      id.namespace_index = in_.u8();
      id.numeric = in_.le16();
      break;
    case 2:
      id.namespace_index = in_.le16();
      id.numeric = in_.le32();
      break;
    case 3:
    case 5:
      id.kind = encoding == 3 ? NodeId::Kind::string : NodeId::Kind::opaque;
      id.namespace_index = in_.le16();
      id.octets = read_string(in_);
      break;
    case 4:
      id.kind = NodeId::Kind::guid;
      id.namespace_index = in_.le16();
      id.octets = in_.take(16);
      break;
    default:
      fail(Defect::bad_value);
  }
  if (!in_) fail(Defect::truncated);
  return id;
}

void Decoder::tell(NodeId const& id, bool secret) {
  if (!sink_) return;
  if (id.has_namespace) sink_->field("opcua.node_id.namespace_index", std::uint64_t{id.namespace_index});
  if (secret && (id.kind != NodeId::Kind::numeric || id.numeric != 0)) return;  // whoever has the token has the session
  if (id.kind == NodeId::Kind::numeric) sink_->field("opcua.node_id.numeric", std::uint64_t{id.numeric});
  if (id.kind == NodeId::Kind::string) sink_->field("opcua.node_id.string", as_text(id.octets));
}

/// Flags in the encoding octet say what follows: a namespace URI, a server index. 5.2.2.10.
bool Decoder::expanded_node_id(Member const& member) {
  if (in_.left() == 0) return fail(Defect::truncated);
  auto const flags = Reader(in_).u8();
  auto const id = node_id();
  if (error_) return false;
  if (member.subject && !summary_.subject) summary_.subject = id;
  tell(id, false);
  if (flags & 0x80) string();
  if (flags & 0x40) in_.skip(4);
  return in_ ? true : fail(Defect::truncated);
}

bool Decoder::localized_text() {
  auto const mask = in_.u8();
  if (mask & 1) string();
  if (mask & 2) {
    auto const text = string();
    if (in_ && sink_) sink_->field("opcua.localized_text.text", text);
  }
  return in_ ? true : fail(Defect::truncated);
}

/// 5.2.2.12: the fields that the mask names, the inner one last.
bool Decoder::diagnostic_info() {
  Depth const depth(*this);
  if (depth.too_deep()) return false;
  auto const mask = in_.u8();
  for (unsigned bit : {1U, 2U, 8U, 4U})
    if (mask & bit) in_.skip(4);
  if (mask & 0x10) string();
  if (mask & 0x20) in_.skip(4);
  if (!in_) return fail(Defect::truncated);
  return (mask & 0x40) == 0 || diagnostic_info();
}

/// 5.2.2.15: an identifier, how the body is encoded, and the body with its length. What is not known is passed over.
bool Decoder::extension_object() {
  Depth const depth(*this);
  if (depth.too_deep()) return false;
  auto const id = node_id();
  if (error_) return false;
  tell(id, false);
  auto const encoding = in_.u8();
  if (!in_) return fail(Defect::truncated);
  if (encoding == 0) return true;
  auto const at = in_.at();
  auto const body = read_string(in_);
  if (!in_) return fail(Defect::bad_length);
  auto const* const structure = encoding == 1 && id.kind == NodeId::Kind::numeric && id.namespace_index == 0
                                    ? find_extension(id.numeric)
                                    : nullptr;
  if (structure == nullptr) return true;
  // The body is read for itself, so that a lie in it cannot reach beyond.
  auto const outer = std::exchange(in_, Reader(body));
  auto const outer_offset = std::exchange(offset_, offset_ + at + 4);
  bool const good = walk(*structure);
  in_ = outer;
  offset_ = outer_offset;
  return good;
}

/// 5.2.2.17.
bool Decoder::data_value() {
  Depth const depth(*this);
  if (depth.too_deep()) return false;
  auto const mask = in_.u8();
  if (!in_) return fail(Defect::truncated);
  if ((mask & 1) && !variant()) return false;
  if (mask & 2) {
    auto const code = in_.le32();
    if (in_ && sink_) sink_->field("opcua.status_code", std::uint64_t{code});
  }
  if (mask & 4) in_.skip(8);
  if (mask & 0x10) in_.skip(2);
  if (mask & 8) in_.skip(8);
  if (mask & 0x20) in_.skip(2);
  return in_ ? true : fail(Defect::truncated);
}

/// 5.2.2.16: six bits of type, one for "array", one for dimensions behind it.
bool Decoder::variant() {
  Depth const depth(*this);
  if (depth.too_deep()) return false;
  auto const mask = in_.u8();
  if (!in_) return fail(Defect::truncated);
  auto const type = static_cast<Type>(mask & 0x3F);
  if (mask == 0) return true;
  if (type == Type{} || type > Type::diagnostic_info) return fail(Defect::bad_value);
  bool const array = (mask & 0x80) != 0;
  std::uint32_t length = 1;
  if (array) {
    auto const said = array_length();
    if (!said) return false;
    length = *said;
  }
  auto const place = static_cast<std::size_t>(type);
  std::string_view const name = place < std::size(scalar_names) ? (array ? array_names : scalar_names)[place]
                                : type == Type::status_code     ? (array ? "opcua.status_codes" : "opcua.status_code")
                                                                : std::string_view();
  Member const member{.name = name,
                      .type = type,
                      .identity = type == Type::string && !array ? std::exchange(identity_, {}) : std::string_view()};
  identity_ = {};
  for (std::uint32_t n = 0; n < length; ++n) {
    scalar_of_variant_ = type <= Type::doubled;
    bool const good = element(member);
    scalar_of_variant_ = false;
    if (!good) return false;
  }
  if (array && (mask & 0x40)) {
    auto const dimensions = array_length();
    if (!dimensions) return false;
    in_.skip(std::size_t{*dimensions} * 4);
  }
  return in_ ? true : fail(Defect::truncated);
}

std::string_view write_node_id(NodeId const& id, std::span<char> out) {
  std::size_t length = 0;
  auto const put = [&](std::string_view text) {
    auto const some = text.substr(0, out.size() - length);
    std::ranges::copy(some, out.data() + length);
    length += some.size();
  };
  auto const count = [&](std::uint32_t value) {
    char digits[10];
    put({digits, static_cast<std::size_t>(std::to_chars(digits, std::end(digits), value).ptr - digits)});
  };
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  if (id.namespace_index != 0) {
    put("ns=");
    count(id.namespace_index);
    put(";");
  }
  switch (id.kind) {
    case NodeId::Kind::numeric:
      put("i=");
      count(id.numeric);
      break;
    case NodeId::Kind::string:
      put("s=");
      put(as_text(id.octets));
      break;
    case NodeId::Kind::guid:
    case NodeId::Kind::opaque:
      put(id.kind == NodeId::Kind::guid ? "g=" : "b=");
      for (auto octet : id.octets.first(std::min<std::size_t>(id.octets.size(), 32))) {
        put(hexadecimal.substr(octet >> 4, 1));
        put(hexadecimal.substr(octet & 15, 1));
      }
      break;
  }
  return {out.data(), length};
}

}  // namespace greywatch::agent::opcua
