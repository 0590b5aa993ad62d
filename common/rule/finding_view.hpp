#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "common/rule/event_view.hpp"

namespace greywatch::rules {

/// A Finding as rules see it: the keys of its NDJSON form (DESIGN 3.2). Borrows the finding; one thread. Times read as
/// RFC 3339 text. A key that the NDJSON form would leave out is absent here too.
class FindingView final : public EventView {
 public:
  explicit FindingView(Finding const& finding) : finding_(finding) {}
  Values values(std::string_view name) const override;
  void texts(std::vector<std::string_view>& out) const override;

 private:
  struct Text {
    std::array<char, 48> octets;
    std::size_t length = 0;
  };
  enum Slot : std::uint8_t { source_ip, destination_ip, source_mac, destination_mac, time, first, last, slots };
  std::string_view keep(Slot slot, std::string_view text) const;

  Finding const& finding_;
  mutable std::array<Text, slots> kept_;  ///< texts that the finding itself holds in another form
};

}  // namespace greywatch::rules
