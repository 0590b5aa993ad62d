#include "agent/dissect/ldap/filter.hpp"

namespace greywatch::agent::ldap {
namespace {

using asn1::BerReader;
using asn1::Element;

constexpr int deepest = 16, most_parts = 256;

/// RFC 4511, 4.5.1.7: tags of a Filter.
enum : std::uint32_t { all_of, any_of, none_of, equal, substrings, greater, less, present, approximate, extensible };

bool is_secret(std::string_view attribute) {
  for (std::string_view secret : {"userPassword", "unicodePwd", "dBCSPwd", "authPassword"})
    if (text::equal_ignoring_case(attribute, secret)) return true;
  return false;
}

class Writer {
 public:
  void filter(Element const& element, int depth) {
    if (depth == deepest || ++parts_ > most_parts) return;
    out.put('(');
    switch (element.tag) {
      case all_of:
      case any_of:
      case none_of: {
        out.put("&|!"[element.tag]);
        BerReader in(element);
        while (auto const part = in.next()) filter(*part, depth + 1);
        break;
      }
      case present:
        value(element.contents);
        out.put("=*");
        break;
      case substrings:
        write_substrings(element);
        break;
      case extensible:
        write_extensible(element);
        break;
      default:
        write_comparison(element);
    }
    out.put(')');
  }

  FilterText out;

 private:
  /// RFC 4515, 3: what has a meaning of its own, and what is no letter, as two digits.
  void value(Bytes octets) {
    for (auto octet : octets) {
      if (text::is_printable(octet) && octet != '(' && octet != ')' && octet != '*' && octet != '\\') {
        out.put(static_cast<char>(octet));
      } else {
        out.put('\\');
        out.put_octet(octet);
      }
    }
  }
  void asserted(std::string_view attribute, Bytes octets) {
    if (!is_secret(attribute)) value(octets);
  }
  void write_comparison(Element const& element) {
    BerReader in(element);
    auto const attribute = in.next();
    auto const assertion = in.next();
    if (!attribute || !assertion) return;
    value(attribute->contents);
    out.put(element.tag == greater ? ">=" : element.tag == less ? "<=" : element.tag == approximate ? "~=" : "=");
    asserted(as_text(attribute->contents), assertion->contents);
  }
  void write_substrings(Element const& element) {
    BerReader in(element);
    auto const attribute = in.next();
    auto const list = in.next();
    if (!attribute || !list) return;
    value(attribute->contents);
    out.put('=');
    BerReader pieces(*list);
    bool open = false;  // a star is still to come
    while (auto const piece = pieces.next()) {
      if (++parts_ > most_parts) return;
      if (!piece->is_context(0)) out.put('*');
      asserted(as_text(attribute->contents), piece->contents);
      open = !piece->is_context(2);
    }
    if (open) out.put('*');
  }
  void write_extensible(Element const& element) {
    BerReader in(element);
    std::optional<Element> rule, type, assertion;
    bool dn = false;
    while (auto const part = in.next()) {
      if (part->is_context(1)) rule = part;
      if (part->is_context(2)) type = part;
      if (part->is_context(3)) assertion = part;
      if (part->is_context(4)) dn = !part->contents.empty() && part->contents[0] != 0;
    }
    if (type) value(type->contents);
    if (dn) out.put(":dn");
    if (rule) {
      out.put(':');
      value(rule->contents);
    }
    out.put(":=");
    if (assertion) asserted(type ? as_text(type->contents) : std::string_view{}, assertion->contents);
  }

  int parts_ = 0;
};

}  // namespace

FilterText filter_text(Element const& filter) {
  Writer writer;
  writer.filter(filter, 0);
  return writer.out;
}

}  // namespace greywatch::agent::ldap
