#include "common/wire/codec.hpp"

#include <fmt/format.h>

#include <limits>

#include "common/wire/link.pb.h"

namespace greywatch::link {

namespace {

void put(Endpoint const& endpoint, wire::Endpoint& out) {
  if (endpoint.ip) out.set_ip(std::string(as_text(endpoint.ip.bytes())));
  if (endpoint.mac) out.set_mac(std::string(as_text(Bytes(endpoint.mac->octets))));
  if (endpoint.port) out.set_port(*endpoint.port);
}

/// Sets the `value` of a wire::Scalar or a wire::Field.
template <class Message>
struct Put {
  Message& out;
  void operator()(bool value) const { out.set_boolean(value); }
  void operator()(std::int64_t value) const { out.set_integer(value); }
  void operator()(std::uint64_t value) const { out.set_natural(value); }
  void operator()(double value) const { out.set_real(value); }
  void operator()(std::string const& value) const { out.set_text(value); }
  void operator()(std::vector<Scalar> const& values) const
    requires std::same_as<Message, wire::Field>
  {
    auto& list = *out.mutable_list();
    for (auto const& value : values) std::visit(Put<wire::Scalar>{*list.add_items()}, value);
  }
};

std::uint64_t bits(Time time) { return static_cast<std::uint64_t>(unix_ns(time)); }
std::int64_t relative(Time time, Time to) { return static_cast<std::int64_t>(bits(time) - bits(to)); }
Time absolute(std::int64_t relative, Time to) {
  return from_unix_ns(static_cast<std::int64_t>(bits(to) + static_cast<std::uint64_t>(relative)));
}

/// Takes a parsed message into a finding; the first broken rule sticks.
class Taker {
 public:
  Result<Finding> take(wire::Finding const& in) {
    Finding out;
    out.time = from_unix_ns(static_cast<std::int64_t>(in.time()));
    text(in.id(), out.id, "id");
    text(in.code(), out.code, "code");
    out.kind = word<FindingKind>(in.kind(), finding_kinds, "kind");
    text(in.message(), out.message, "message");
    text(in.node(), out.node, "node");
    endpoint(in.source(), out.source, "source");
    endpoint(in.destination(), out.destination, "destination");
    if (in.has_vlan()) out.vlan = number16(in.vlan(), "vlan");
    text(in.protocol(), out.protocol, "protocol");
    text(in.community_id(), out.community_id, "community_id");
    words(in.techniques(), out.techniques, "techniques");
    text(in.framework(), out.framework, "framework");
    text(in.rule(), out.rule, "rule");
    text(in.detector(), out.detector, "detector");
    out.classification = word<FindingClass>(in.classification(), finding_classes, "classification");
    out.p = in.p();
    need(out.p > 0 && out.p <= 1, "p");
    words(in.traits(), out.traits, "traits");
    out.count = in.count();
    out.first = absolute(in.first(), out.time);
    out.last = absolute(in.last(), out.time);
    if (in.has_coverage()) {
      out.coverage = in.coverage();
      need(*out.coverage >= 0 && *out.coverage <= 1, "coverage");
    }
    out.frame = in.frame();
    fields(in.fields(), out.fields);
    if (broken_) return fail({Defect::bad_value, 0, field_});
    return out;
  }

 private:
  void need(bool holds, std::string_view field) {
    if (holds || broken_) return;
    broken_ = true;
    field_ = field;
  }
  void text(std::string const& in, std::string& out, std::string_view field) {
    need(in.size() <= max_text_octets, field);
    out = in;
  }
  template <class Enum>
  Enum word(std::uint32_t value, std::uint32_t limit, std::string_view field) {
    need(value < limit, field);
    return static_cast<Enum>(value < limit ? value : 0);
  }
  std::uint16_t number16(std::uint32_t value, std::string_view field) {
    need(value <= 0xFFFF, field);
    return static_cast<std::uint16_t>(value);
  }
  void endpoint(wire::Endpoint const& in, Endpoint& out, std::string_view field) {
    switch (in.ip().size()) {
      case 0:
        break;
      case 4:
        out.ip = Ip::v4(as_bytes(in.ip()));
        break;
      case 16:
        out.ip = Ip::v6(as_bytes(in.ip()));
        break;
      default:
        need(false, field);
    }
    if (in.mac().size() == 6) {
      out.mac.emplace();
      std::memcpy(out.mac->octets.data(), in.mac().data(), 6);
    } else {
      need(in.mac().empty(), field);
    }
    if (in.has_port()) out.port = number16(in.port(), field);
  }
  template <class Repeated>
  void words(Repeated const& in, std::vector<std::string>& out, std::string_view field) {
    need(static_cast<std::size_t>(in.size()) <= max_words, field);
    if (broken_) return;
    out.resize(static_cast<std::size_t>(in.size()));
    for (int i = 0; i < in.size(); ++i) text(in[i], out[static_cast<std::size_t>(i)], field);
  }
  template <class Value, class Message>
  std::optional<Value> plain(Message const& in) {
    switch (in.value_case()) {
      case Message::kBoolean:
        return Value(std::in_place_type<bool>, in.boolean());
      case Message::kInteger:
        return Value(std::in_place_type<std::int64_t>, in.integer());
      case Message::kNatural:
        return Value(std::in_place_type<std::uint64_t>, in.natural());
      case Message::kReal:
        return Value(std::in_place_type<double>, in.real());
      case Message::kText:
        need(in.text().size() <= max_text_octets, "fields");
        return Value(std::in_place_type<std::string>, in.text());
      default:
        return std::nullopt;
    }
  }
  template <class Repeated>
  void fields(Repeated const& in, std::vector<Field>& out) {
    need(static_cast<std::size_t>(in.size()) <= max_fields, "fields");
    if (broken_) return;
    out.reserve(static_cast<std::size_t>(in.size()));
    for (auto const& field : in) {
      need(field.name().size() <= max_text_octets, "fields");
      if (field.value_case() != wire::Field::kList) {
        auto value = plain<FieldValue>(field);
        need(value.has_value(), "fields");
        if (broken_) return;
        out.push_back({field.name(), std::move(*value)});
        continue;
      }
      need(static_cast<std::size_t>(field.list().items_size()) <= max_list_items, "fields");
      if (broken_) return;
      std::vector<Scalar> items;
      items.reserve(static_cast<std::size_t>(field.list().items_size()));
      for (auto const& item : field.list().items()) {
        auto value = plain<Scalar>(item);
        need(value.has_value(), "fields");
        if (broken_) return;
        items.push_back(std::move(*value));
      }
      out.push_back({field.name(), std::move(items)});
    }
  }

  bool broken_ = false;
  std::string_view field_;
};

/// Cuts what exceeds the bounds and says so.
class Trimmer {
 public:
  void text(std::string& text, std::size_t most = max_text_octets) {
    if (text.size() <= most) return;
    // Not in the middle of a UTF-8 sequence: a cut sign would read as damage.
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    text.resize(most);
    cut_ = true;
  }
  template <class T>
  void list(std::vector<T>& items, std::size_t most) {
    if (items.size() <= most) return;
    items.resize(most);
    cut_ = true;
  }
  bool cut() const { return cut_; }

 private:
  bool cut_ = false;
};

/// An upper bound of what a field takes when encoded, keys and lengths included.
std::size_t cost(Field const& field) {
  std::size_t total = field.name.size() + 16;
  if (auto const* text = std::get_if<std::string>(&field.value)) total += text->size() + 8;
  if (auto const* items = std::get_if<std::vector<Scalar>>(&field.value))
    for (auto const& item : *items) {
      auto const* text = std::get_if<std::string>(&item);
      total += 16 + (text ? text->size() : 0);
    }
  return total + 16;
}

constexpr std::string_view trimmed_name = "greywatch.trimmed";

}  // namespace

bool fit(Finding& finding) {
  // A probability outside its range is a slip of the detector, no reason to lose what it saw.
  if (!(finding.p > 0)) finding.p = std::numeric_limits<double>::min();
  finding.p = std::min(finding.p, 1.0);
  if (finding.coverage) finding.coverage = *finding.coverage >= 0 ? std::min(*finding.coverage, 1.0) : 0;
  Trimmer trim;
  for (auto* text : {&finding.id, &finding.code, &finding.message, &finding.node, &finding.protocol,
                     &finding.community_id, &finding.framework, &finding.rule, &finding.detector})
    trim.text(*text, text == &finding.message ? max_text_octets : 512);
  for (auto* words : {&finding.techniques, &finding.traits}) {
    trim.list(*words, max_words);
    for (auto& word : *words) trim.text(word, 256);
  }
  for (auto& field : finding.fields) {
    trim.text(field.name, 256);
    if (auto* text = std::get_if<std::string>(&field.value)) trim.text(*text);
    if (auto* items = std::get_if<std::vector<Scalar>>(&field.value)) {
      trim.list(*items, max_list_items);
      for (auto& item : *items)
        if (auto* text = std::get_if<std::string>(&item)) trim.text(*text, 256);
    }
  }
  // All but the fields is below 4096 + 8 * 512 + 128 * 260 octets and some keys; the fields share the rest.
  constexpr std::size_t room = max_finding_octets - 4096 - 8 * 512 - 2 * max_words * 260 - 1024;
  constexpr std::size_t room_for_sign = 64;
  std::size_t taken = 0, keep = 0, keep_with_sign = 0;
  for (; keep < finding.fields.size() && (taken += cost(finding.fields[keep])) <= room; ++keep)
    if (taken + room_for_sign <= room) keep_with_sign = keep + 1;
  bool const cut = trim.cut() || keep < finding.fields.size() || keep > max_fields;
  if (!cut) return false;
  trim.list(finding.fields, std::min(keep_with_sign, max_fields - 1));
  finding.fields.push_back({std::string(trimmed_name), true});
  return true;
}

void encode(Finding const& finding, std::string& out) {
  wire::Finding message;
  message.set_time(bits(finding.time));
  message.set_id(finding.id);
  message.set_code(finding.code);
  message.set_kind(static_cast<std::uint32_t>(finding.kind));
  message.set_message(finding.message);
  message.set_node(finding.node);
  if (finding.source != Endpoint{}) put(finding.source, *message.mutable_source());
  if (finding.destination != Endpoint{}) put(finding.destination, *message.mutable_destination());
  if (finding.vlan) message.set_vlan(*finding.vlan);
  message.set_protocol(finding.protocol);
  message.set_community_id(finding.community_id);
  for (auto const& technique : finding.techniques) message.add_techniques(technique);
  message.set_framework(finding.framework);
  message.set_rule(finding.rule);
  message.set_detector(finding.detector);
  message.set_classification(static_cast<std::uint32_t>(finding.classification));
  message.set_p(finding.p);
  for (auto const& trait : finding.traits) message.add_traits(trait);
  message.set_count(finding.count);
  message.set_first(relative(finding.first, finding.time));
  message.set_last(relative(finding.last, finding.time));
  if (finding.coverage) message.set_coverage(*finding.coverage);
  message.set_frame(finding.frame);
  for (auto const& field : finding.fields) {
    auto& added = *message.add_fields();
    added.set_name(field.name);
    std::visit(Put<wire::Field>{added}, field.value);
  }
  message.AppendToString(&out);
}

Result<Finding> decode(Bytes octets) {
  if (octets.size() > max_finding_octets) return fail({Defect::bad_length, 0, "finding"});
  wire::Finding message;
  if (!message.ParseFromArray(octets.data(), static_cast<int>(octets.size())))
    return fail({Defect::bad_value, 0, "finding"});
  return Taker{}.take(message);
}

std::string event_id(std::string_view node, std::uint64_t epoch, std::uint64_t sequence) {
  return fmt::format("{}-{}-{}", node, epoch, sequence);
}

}  // namespace greywatch::link
