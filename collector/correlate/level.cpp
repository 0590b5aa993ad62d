#include "collector/correlate/level.hpp"

namespace greywatch::collector {

namespace {

constexpr double rare = 1e-3, very_rare = 1e-6;

struct Row {
  std::string_view very_rare, rare, other;
};

Row row(FindingClass classification) {
  switch (classification) {
    case FindingClass::command:
    case FindingClass::access:
      return {"high", "medium", "low"};
    case FindingClass::timing:
    case FindingClass::loss:
      return {"medium", "medium", "low"};
    case FindingClass::market:
      return {"medium", "low", "low"};
    case FindingClass::recon:
      break;
  }
  return {"medium", "low", "informational"};
}

}  // namespace

std::string_view level_of(Finding const& finding) {
  if (finding.kind != FindingKind::alert) return "informational";
  auto const levels = row(finding.classification);
  return finding.p <= very_rare ? levels.very_rare : finding.p <= rare ? levels.rare : levels.other;
}

}  // namespace greywatch::collector
