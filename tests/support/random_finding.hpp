#pragma once
#include <random>
#include <string>

#include "common/event/finding.hpp"

namespace greywatch::test {

/// Findings of every shape, for property tests; the same seed gives the same findings.
class RandomFinding {
 public:
  explicit RandomFinding(std::uint32_t seed) : random_(seed) {}

  Finding operator()() {
    Finding out;
    out.time = from_unix_ns(static_cast<std::int64_t>(random_()));
    out.id = text(40);
    out.code = text(40);
    out.kind = static_cast<FindingKind>(below(finding_kinds));
    out.message = text(300);
    out.node = text(63);
    out.source = endpoint();
    out.destination = endpoint();
    if (below(2)) out.vlan = static_cast<std::uint16_t>(random_());
    out.protocol = text(10);
    out.community_id = text(30);
    out.techniques = words();
    out.framework = text(30);
    out.rule = text(30);
    out.detector = text(30);
    out.classification = static_cast<FindingClass>(below(finding_classes));
    out.p = 1.0 / static_cast<double>(1 + random_() % 1'000'000'007);
    out.traits = words();
    out.count = random_();
    out.first = from_unix_ns(static_cast<std::int64_t>(random_()));
    out.last = from_unix_ns(static_cast<std::int64_t>(random_()));
    if (below(2)) out.coverage = static_cast<double>(below(101)) / 100;
    out.frame = random_();
    for (auto n = below(6); n > 0; --n) out.fields.push_back({text(20), value()});
    return out;
  }

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  /// Any octets, not only UTF-8.
  std::string text(std::size_t most) {
    std::string out(below(most + 1), '\0');
    for (char& c : out) c = static_cast<char>(random_());
    return out;
  }

 private:
  Endpoint endpoint() {
    Endpoint out;
    std::array<std::uint8_t, 16> octets{};
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(random_());
    switch (below(3)) {
      case 0:
        break;
      case 1:
        out.ip = Ip::v4(Bytes(octets).first(4));
        break;
      default:
        out.ip = Ip::v6(octets);
    }
    if (below(2)) out.mac = Mac{{octets[0], octets[1], octets[2], octets[3], octets[4], octets[5]}};
    if (below(2)) out.port = static_cast<std::uint16_t>(random_());
    return out;
  }
  std::vector<std::string> words() {
    std::vector<std::string> out(below(4));
    for (auto& word : out) word = text(30);
    return out;
  }
  template <class Value>
  Value plain() {
    switch (below(5)) {
      case 0:
        return below(2) == 1;
      case 1:
        return static_cast<std::int64_t>(random_());
      case 2:
        return random_();
      case 3:
        return static_cast<double>(static_cast<std::int64_t>(random_())) / 3;
      default:
        return text(50);
    }
  }
  FieldValue value() {
    if (below(3)) return plain<FieldValue>();
    std::vector<Scalar> items;
    for (auto n = below(5); n > 0; --n) items.push_back(plain<Scalar>());
    return items;
  }

  std::mt19937_64 random_;
};

}  // namespace greywatch::test
