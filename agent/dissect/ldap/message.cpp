#include "agent/dissect/ldap/message.hpp"

#include "agent/dissect/ldap/parts.hpp"

namespace greywatch::agent::ldap {
namespace {

using asn1::BerReader;
using asn1::Element;
using asn1::TagClass;

/// Identifier and length; the contents may not all be there.
struct Head {
  std::uint8_t identifier = 0;
  std::size_t length = 0;
};
std::optional<Head> read_head(Reader& in) {
  Head head{.identifier = in.u8(), .length = in.u8()};
  if (head.length == 0x80 || head.length > 0x84) return std::nullopt;
  if (head.length > 0x80) {
    std::size_t length = 0;
    for (auto octet : in.take(head.length - 0x80)) length = length << 8 | octet;
    head.length = length;
  }
  return head;
}

Element clipped(Reader& in, Head const& head) {
  auto const at = in.at();
  return {.tag_class = static_cast<TagClass>(head.identifier >> 6),
          .constructed = (head.identifier & 0x20) != 0,
          .tag = head.identifier & 0x1Fu,
          .contents = in.take(std::min(head.length, in.left())),
          .offset = at};
}

void read_bind(Parts& in, Message& message) {
  auto& bind = message.bind.emplace();
  bind.version = static_cast<std::int64_t>(in.number());
  message.name = in.text();
  auto const choice = in.any();
  if (!choice) return;
  bind.authentication = choice->tag;
  bind.password = choice->is_context(0) && !choice->contents.empty();
  if (choice->is_context(3)) {
    BerReader sasl(*choice);
    if (auto const mechanism = sasl.next()) bind.mechanism = as_text(mechanism->contents);
  }
}

void read_outcome(Parts& in, Message& message) {
  auto& outcome = message.outcome.emplace();
  outcome.code = in.number();
  outcome.matched = in.text();
  outcome.message = in.text();
  while (auto const more = in.optional())
    if (message.is(Op::extended_response) && more->is_context(10)) message.oid = as_text(more->contents);
}

void read_search(Parts& in, Message& message) {
  auto& search = message.search.emplace();
  message.name = in.text();
  search.scope = in.number();
  search.dereference = in.number();
  search.size_limit = in.number();
  search.time_limit = in.number();
  search.types_only = in.boolean();
  if (auto const filter = in.any()) search.filter = *filter;
  search.attributes = in.list();
}

void read_modify_dn(Parts& in, Message& message) {
  message.name = in.text();
  message.new_rdn = in.text();
  message.delete_old_rdn = in.boolean();
  while (auto const more = in.optional())
    if (more->is_context(0)) message.new_superior = as_text(more->contents);
}

void read_compare(Parts& in, Message& message) {
  message.name = in.text();
  BerReader assertion(in.list());
  if (auto const attribute = assertion.next()) message.attribute = as_text(attribute->contents);
}

void read_extended(Parts& in, Message& message) {
  while (auto const more = in.optional())
    if (more->is_context(0)) message.oid = as_text(more->contents);
}

/// RFC 4511, 4.2 to 4.14.
Result<void> read_operation(Element const& op, Message& message) {
  Parts in(op, message.cut);
  switch (static_cast<Op>(message.op)) {
    case Op::bind:
      read_bind(in, message);
      break;
    case Op::search:
      read_search(in, message);
      break;
    case Op::entry:
    case Op::add:
    case Op::modify:
      message.name = in.text();
      message.attributes = in.list();
      break;
    case Op::remove:
      message.name = as_text(op.contents);
      return {};
    case Op::modify_dn:
      read_modify_dn(in, message);
      break;
    case Op::compare:
      read_compare(in, message);
      break;
    case Op::abandon: {
      auto const id = asn1::read_unsigned(op.contents);
      if (!id) return fail({Defect::bad_value, op.offset, "abandon"});
      message.abandoned = *id;
      return {};
    }
    case Op::reference:
      message.attributes = op;
      return {};
    case Op::extended:
    case Op::intermediate:
      read_extended(in, message);
      break;
    case Op::unbind:
      return {};
    default:
      read_outcome(in, message);
  }
  return in.done();
}

}  // namespace

bool is_known(std::uint32_t op) { return op <= 16 || op == 19 || (op >= 23 && op <= 25); }

bool is_answer(Op op) {
  switch (op) {
    case Op::bind_response:
    case Op::entry:
    case Op::search_done:
    case Op::modify_response:
    case Op::add_response:
    case Op::remove_response:
    case Op::modify_dn_response:
    case Op::compare_response:
    case Op::reference:
    case Op::extended_response:
    case Op::intermediate:
      return true;
    default:
      return false;
  }
}

bool is_last_answer(Op op) { return is_answer(op) && op != Op::entry && op != Op::reference && op != Op::intermediate; }

Front read_front(Bytes octets) {
  using enum Front::Verdict;
  Reader in(octets);
  auto const outer = read_head(in);
  if (!octets.empty() && octets[0] != 0x30) return {};
  if (!in) return {.verdict = more};
  if (!outer || outer->length < 5) return {};
  Front front{.verdict = more, .whole = in.at() + outer->length};
  auto const id = read_head(in);
  if (!in) return front;
  if (!id || id->identifier != 0x02 || id->length < 1 || id->length > 4) return {};
  auto const number = in.take(id->length);
  auto const op = read_head(in);
  if (!in) return front;
  if ((number[0] & 0x80) != 0 || !op || (op->identifier & 0xC0) != 0x40 || !is_known(op->identifier & 0x1F)) return {};
  auto const kind = static_cast<Op>(op->identifier & 0x1F);
  bool const primitive = kind == Op::unbind || kind == Op::remove || kind == Op::abandon;
  if (primitive == ((op->identifier & 0x20) != 0) || in.at() + op->length > front.whole) return {};
  front.verdict = yes;
  if (primitive || op->length == 0) return front;
  // The first part: a version, a result, a name, or an OID.
  auto const first = in.u8();
  if (!in) return {.verdict = more, .whole = front.whole};
  bool const fits = kind == Op::bind                                   ? first == 0x02
                    : kind == Op::extended || kind == Op::intermediate ? first == 0x80 || first == 0x81
                    : is_last_answer(kind)                             ? first == 0x0A
                                                                       : first == 0x04;
  if (!fits) front.verdict = no;
  return front;
}

Result<void> read_message(Bytes octets, std::size_t whole, Message& message) {
  message.cut = octets.size() < whole;
  Reader in(octets);
  auto const outer = read_head(in);
  if (!in) return fail(in.error("message"));
  if (!outer || outer->identifier != 0x30) return fail({Defect::bad_value, 0, "message"});
  if (!message.cut && outer->length != in.left())
    return fail({outer->length > in.left() ? Defect::truncated : Defect::trailing, in.at(), "message"});
  auto const id_head = read_head(in);
  if (!in) return fail(in.error("message_id"));
  if (!id_head || id_head->identifier != 0x02) return fail({Defect::bad_value, in.at(), "message_id"});
  auto const id = asn1::read_unsigned(in.take(id_head->length));
  if (!id || *id > INT32_MAX) return fail({Defect::bad_value, in.at(), "message_id"});
  message.id = *id;
  auto const op_head = read_head(in);
  if (!in) return fail(in.error("operation"));
  if (!op_head || (op_head->identifier & 0xC0) != 0x40) return fail({Defect::bad_value, in.at(), "operation"});
  if (!message.cut && op_head->length > in.left()) return fail({Defect::truncated, in.at(), "operation"});
  message.op = op_head->identifier & 0x1F;
  if (!is_known(message.op)) return fail({Defect::bad_value, in.at(), "operation"});
  if (auto const done = read_operation(clipped(in, *op_head), message); !done) return done;
  if (message.cut || in.left() == 0) return {};
  auto const at = in.at();
  BerReader behind(in.rest(), at);
  auto const controls = behind.next();
  if (!controls || !controls->is_context(0))
    return fail(behind.failed() ? behind.error("controls") : Malformed{Defect::bad_value, at, "controls"});
  message.controls = *controls;
  return {};
}

std::optional<std::string_view> next_text(BerReader& list) {
  auto const element = list.next();
  if (!element) return std::nullopt;
  return as_text(element->contents);
}

std::optional<Attribute> next_attribute(BerReader& list) {
  auto const element = list.next();
  if (!element) return std::nullopt;
  BerReader in(*element);
  auto const type = in.next();
  auto const values = in.next();
  if (!type) return std::nullopt;
  return Attribute{as_text(type->contents), values.value_or(Element{})};
}

std::optional<Change> next_change(BerReader& list) {
  auto const element = list.next();
  if (!element) return std::nullopt;
  BerReader in(*element);
  auto const operation = in.next();
  auto const attribute = next_attribute(in);
  if (!operation || !attribute) return std::nullopt;
  return Change{asn1::read_unsigned(operation->contents).value_or(0), *attribute};
}

std::optional<Control> next_control(BerReader& list) {
  auto const element = list.next();
  if (!element) return std::nullopt;
  BerReader in(*element);
  auto const oid = in.next();
  if (!oid) return std::nullopt;
  auto const critical = in.next_if(TagClass::universal, asn1::boolean);
  return Control{as_text(oid->contents), critical && !critical->contents.empty() && critical->contents[0] != 0};
}

}  // namespace greywatch::agent::ldap
