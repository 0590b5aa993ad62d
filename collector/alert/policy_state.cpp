#include "collector/alert/policy_state.hpp"

namespace greywatch::collector {

void save_score(Score const& score, StateWriter& out) {
  out.integer(unix_ns(score.time));
  out.text(score.scope);
  for (double const value : {score.score, score.p05, score.p95, score.coverage, score.log_odds, score.evalue_log10})
    out.real(value);
  out.number(score.contributions.size());
  for (auto const& contribution : score.contributions) {
    out.text(contribution.family);
    out.real(contribution.decibans);
    out.real(contribution.points);
    out.text(contribution.text);
    out.number(contribution.nodes.size());
    for (auto const& share : contribution.nodes) {
      out.text(share.name);
      out.real(share.share);
    }
    for (auto const* list : {&contribution.findings, &contribution.techniques}) {
      out.number(list->size());
      for (auto const& text : *list) out.text(text);
    }
  }
}

Score load_score(StateReader& in) {
  Score score;
  score.time = from_unix_ns(in.integer());
  score.scope = in.text();
  for (double* value : {&score.score, &score.p05, &score.p95, &score.coverage, &score.log_odds, &score.evalue_log10})
    *value = in.real();
  for (auto left = in.count(); in && left > 0; --left) {
    Contribution contribution;
    contribution.family = in.text();
    contribution.decibans = in.real();
    contribution.points = in.real();
    contribution.text = in.text();
    for (auto shares = in.count(); in && shares > 0; --shares) {
      auto name = in.text();
      auto const share = in.real();
      contribution.nodes.push_back({std::move(name), share});
    }
    for (auto* list : {&contribution.findings, &contribution.techniques})
      for (auto texts = in.count(); in && texts > 0; --texts) list->push_back(in.text());
    score.contributions.push_back(std::move(contribution));
  }
  return score;
}

}  // namespace greywatch::collector
