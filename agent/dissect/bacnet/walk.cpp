#include "agent/dissect/bacnet/layout.hpp"

namespace greywatch::agent::bacnet {
namespace {

class Walk {
 public:
  Walk(Layout layout, Bytes body, PartSink& sink) : layout_(layout), in_(body), sink_(sink) {}

  std::optional<Malformed> run(bool first_segment) {
    bool const whole = place(0, -1, 0);
    if (first_segment) {
      if (why_ && why_->defect == Defect::truncated) why_.reset();
      return why_;
    }
    if (!whole) return why_;
    for (std::size_t at = 0; at < layout_.size(); ++at) {
      if (layout_[at].inside != 0 || !layout_[at].needed || (seen_ >> at & 1) != 0) continue;
      refuse(Defect::truncated, in_.at(), layout_[at].field);
      break;
    }
    return why_;
  }

 private:
  bool refuse(Defect defect, std::size_t at, std::string_view field) {
    if (!why_) why_ = Malformed{defect, at, field.empty() ? "parameters" : field};
    return false;
  }

  Part const* find(std::uint8_t inside, Tag const& tag, std::uint8_t position) {
    Part const* other = nullptr;  // at this place in the order, of another type
    for (std::size_t at = 0; at < layout_.size(); ++at) {
      auto const& part = layout_[at];
      if (part.inside != inside || part.application == tag.context) continue;
      if (part.number != (tag.context ? tag.number : position)) continue;
      if (part.application && part.type != static_cast<Type>(tag.number)) {
        other = &part;
        continue;
      }
      auto const bit = std::uint64_t{1} << at;
      again_ = (seen_ & bit) != 0 && inside == 0 && comes_once(part);
      seen_ |= bit;
      return &part;
    }
    return other;
  }

  /// Lists at the front are of objects, with groups behind them; all else stands there once.
  static bool comes_once(Part const& part) {
    return part.means == Means::told || part.means == Means::state || part.means == Means::priority ||
           part.means == Means::secret || part.means == Means::error_class || part.means == Means::error_code;
  }

  /// Reads a value behind its tag, whose octets may lie.
  std::optional<Value> primitive(Tag const& tag, Type type, std::size_t at, std::string_view field) {
    bool const boolean = !tag.context && tag.number == 1;
    auto const octets = in_.take(tag.length);
    if (!in_) {
      refuse(Defect::truncated, in_.at(), field);
      return std::nullopt;
    }
    bool const proper = tag.context ? fits(type, octets) && (type != Type::boolean || octets.size() == 1)
                                    : fits(static_cast<Type>(tag.number), octets);
    if (!proper || (boolean && tag.value > 1)) {
      refuse(Defect::bad_length, at, field);
      return std::nullopt;
    }
    return Value{.type = type, .octets = octets, .truth = boolean && tag.value == 1};
  }

  /// Up to the closing tag, or the end where `closing` is -1.
  bool place(std::uint8_t inside, int closing, int depth) {
    std::uint8_t position = 0;
    while (in_.left() > 0) {
      auto const at = in_.at();
      auto const tag = read_tag(in_);
      if (!in_) return refuse(Defect::truncated, at, "tag");
      if (tag.closing) return tag.number == closing || refuse(Defect::bad_value, at, "closing_tag");
      again_ = false;
      auto const* const part = find(inside, tag, position);
      if (again_) return refuse(Defect::bad_value, at, part->field);
      if (!tag.context && position < 255) ++position;
      if (tag.opening) {
        if (!open(part, tag, at, depth + 1)) return false;
        continue;
      }
      if (!said(part, tag, at)) return false;
    }
    return closing < 0 || refuse(Defect::truncated, in_.at(), "closing_tag");
  }

  bool open(Part const* part, Tag const& tag, std::size_t at, int depth) {
    if (depth > most_depth) return refuse(Defect::too_deep, at, "opening_tag");
    if (part == nullptr) {
      sink_.unknown_tag(tag.number);
      return pass(nullptr, tag.number, depth);
    }
    switch (part->means) {
      case Means::group:
        return place(part->opens, tag.number, depth);
      case Means::value:
        return pass(part, tag.number, depth);
      case Means::opaque:
        return opaque(*part, tag.number);
      case Means::passed:
      case Means::secret:
        return pass(nullptr, tag.number, depth);
      default:
        return refuse(Defect::bad_value, at, part->field);
    }
  }

  bool said(Part const* part, Tag const& tag, std::size_t at) {
    if (part == nullptr || part->means == Means::passed || part->means == Means::secret) {
      if (part == nullptr) sink_.unknown_tag(tag.number);
      return static_cast<bool>(primitive(tag, Type::untold, at, "parameters"));
    }
    if (part->means == Means::group || part->means == Means::value || part->means == Means::opaque)
      return refuse(Defect::bad_value, at, part->field.empty() ? "opening_tag" : part->field);
    if (part->application && part->type != static_cast<Type>(tag.number))
      return refuse(Defect::bad_value, at, part->field);
    auto const value = primitive(tag, part->type, at, part->field);
    if (!value) return false;
    sink_.part(*part, *value);
    return true;
  }

  /// Vendors put there what has no tags, against 20.2: only the end is looked for.
  bool opaque(Part const& part, std::uint8_t closing) {
    auto const octets = in_.rest();
    auto const end = static_cast<std::uint8_t>(closing << 4 | 0x0F);
    if (octets.empty() || octets.back() != end) return refuse(Defect::truncated, in_.at(), "closing_tag");
    sink_.part(part, Value{.type = Type::untold, .octets = octets.first(octets.size() - 1)});
    return true;
  }

  /// All between an opening tag and its closing one: told as values of `part`, if there is one.
  bool pass(Part const* part, int closing, int depth) {
    while (in_.left() > 0) {
      auto const at = in_.at();
      auto const tag = read_tag(in_);
      if (!in_) return refuse(Defect::truncated, at, "tag");
      if (tag.closing) return tag.number == closing || refuse(Defect::bad_value, at, "closing_tag");
      if (tag.opening) {
        if (depth >= most_depth) return refuse(Defect::too_deep, at, "opening_tag");
        if (!pass(part, tag.number, depth + 1)) return false;
        continue;
      }
      bool const told = !tag.context && tag.number <= static_cast<std::uint8_t>(Type::object_identifier);
      auto const value = primitive(tag, told ? static_cast<Type>(tag.number) : Type::untold, at, "bacnet.value");
      if (!value) return false;
      if (part != nullptr) sink_.part(*part, *value);
    }
    return refuse(Defect::truncated, in_.at(), "closing_tag");
  }

  Layout layout_;
  Reader in_;
  PartSink& sink_;
  std::uint64_t seen_ = 0;
  bool again_ = false;  ///< what was found came before, and must not
  std::optional<Malformed> why_;
};

}  // namespace

std::optional<Malformed> walk(Layout layout, Bytes body, PartSink& sink, bool first_segment) {
  return Walk(layout, body, sink).run(first_segment);
}

}  // namespace greywatch::agent::bacnet
