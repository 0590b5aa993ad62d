#include "agent/dissect/mms/subject.hpp"

#include "agent/dissect/mms/iec61850.hpp"

namespace greywatch::agent::mms {

namespace {

/// Looks for the first control among the objects named.
class ControlSearch final : public Visitor {
 public:
  void value(Member const& member, asn1::Element const& element) override {
    if (member.part == Part::domain) domain_ = as_text(element.contents);
    if (member.part != Part::item) return;
    auto const item = as_text(element.contents);
    auto const meaning = found ? std::nullopt : iec61850::meaning_of(item, true);
    if (meaning && (meaning->operation == Operation::control || meaning->operation == Operation::select)) {
      found = {domain_, item, std::nullopt};
      place = names_;
    }
    domain_ = {};
    ++names_;
  }
  std::optional<Subject> found;
  std::uint32_t place = 0;

 private:
  std::string_view domain_;
  std::uint32_t names_ = 0;
};

}  // namespace

Subject subject_of(Pdu const& pdu) {
  auto const& facts = pdu.facts;
  Subject const first{facts.domain, facts.item, facts.first_datum};
  if (pdu.service_tag != write_service || facts.names < 2 || !facts.values) return first;
  ControlSearch search;
  walk(*pdu.shape, pdu.body, search);
  if (!search.found || search.place == 0) return first;
  asn1::BerReader values(*facts.values);
  for (std::uint32_t n = 0; n < search.place; ++n) values.next();
  search.found->datum = values.next();
  return *search.found;
}

}  // namespace greywatch::agent::mms
