#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>

#include "agent/dissect/dnp3/application.hpp"
#include "agent/dissect/dnp3/object_type.hpp"

namespace greywatch::agent::dnp3 {

/// An object header with what belongs to it. IEEE 1815-2012, 4.2.2.
struct ObjectHeader {
  std::uint8_t group = 0, variation = 0;
  std::uint8_t prefix_code = 0;       ///< 0 none; 1, 2, 3 an index of 1, 2, 4 octets; 4, 5, 6 a size of as many
  std::uint8_t range_code = 0;        ///< 0 to 5 start and stop, 6 all, 7 to 9 a count, 11 a count of sized ones
  std::uint64_t start = 0, stop = 0;  ///< range codes 0 to 5
  std::uint64_t count = 0;            ///< points or objects; 0 for range code 6
  ObjectType const* type = nullptr;   ///< null: not in the table
  bool data = false;                  ///< objects follow, not only their numbers
  Bytes body;                         ///< prefixes and objects

  bool has_range() const { return range_code <= 5; }
  bool has_count() const { return (range_code >= 7 && range_code <= 9) || range_code == 11; }
  bool has_index() const { return prefix_code >= 1 && prefix_code <= 3; }
  bool has_size() const { return prefix_code >= 4 && prefix_code <= 6; }
  std::size_t prefix_octets() const {
    constexpr std::uint8_t of[] = {0, 1, 2, 4, 1, 2, 4, 0};
    return of[prefix_code & 7];
  }
};

/// Goes through the object headers of a fragment. Stops at the first one that is wrong, which is still given if its
/// numbers could be read, with as much of its body as there is.
class ObjectHeaders {
 public:
  explicit ObjectHeaders(Fragment const& fragment) : fragment_(fragment), in_(fragment.objects) {}
  std::optional<ObjectHeader> next();

  std::optional<Malformed> malformed;  ///< its offset counts from the fragment's first octet
  Bytes opaque;  ///< what nobody can tell the length of: objects of an unknown type, all of an unknown function

 private:
  bool read_range(ObjectHeader& header);
  std::optional<std::uint64_t> body_octets(ObjectHeader const& header);
  std::optional<std::uint64_t> sized_octets(ObjectHeader const& header) const;
  std::optional<std::uint64_t> attribute_octets(ObjectHeader const& header) const;
  bool has_data(ObjectHeader const& header) const;
  /// `at` counts from the first object header.
  void refuse(Defect defect, std::string_view field, std::size_t at) {
    malformed = Malformed{defect, fragment_.objects_at + at, field};
  }

  Fragment const& fragment_;
  Reader in_;
  std::size_t header_at_ = 0;
  bool ended_ = false;
};

/// One point or object of a header.
struct Point {
  std::optional<std::uint64_t> index;  ///< of its prefix; else counted on from the range's start, or from 0
  std::optional<std::uint32_t> size;   ///< of its prefix
  Bytes octets;                        ///< the object; of one that goes beyond the fragment what is there
  std::uint8_t bits = 0;               ///< of packed ones the value
};

/// Goes through the points of a header that have octets of their own.
class Points {
 public:
  explicit Points(ObjectHeader const& header) : header_(header), in_(header.body) {}
  std::optional<Point> next();

 private:
  std::optional<Point> packed(unsigned bits_each);
  /// So many octets of the body; fewer when it was cut short.
  Bytes rest_or(std::uint64_t octets) {
    return in_.take(static_cast<std::size_t>(std::min<std::uint64_t>(octets, in_.left())));
  }

  ObjectHeader const& header_;
  Reader in_;
  std::uint64_t done_ = 0;
  std::uint8_t octet_ = 0;
};

/// Octets that belong to one element of an object; what is left for those without a length of their own.
inline Bytes take(Element element, Reader& in) {
  auto const length = octets(element);
  return length == 0 ? in.rest() : in.take(length);
}

}  // namespace greywatch::agent::dnp3
