#pragma once
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "collector/score/filter.hpp"
#include "collector/score/profile.hpp"

namespace greywatch::collector {

/// The sentences of explanations. A sentence stands for many ticks, so each is kept while it may be asked for again.
/// Bounded by the scopes. What is given stands until the next call. One thread.
class Words {
 public:
  explicit Words(Fleet const& fleet, ScoreOptions const& options);

  std::string const& prior(std::uint32_t scope, Hazards const& hazards);
  std::string const& unattributed() const { return unattributed_; }
  std::string const& episode(std::uint32_t scope, FamilyId family, Episode const& episode);
  std::string const& discount(std::uint32_t scope, Discount const& discount);
  std::string const& profile(std::uint32_t scope, Profile const& shares);

 private:
  /// The latest sentences with what they say.
  template <class What, std::size_t most>
  struct Kept {
    struct Said {
      What what;
      std::string sentence;
    };
    std::array<Said, most> said;
    std::size_t next = 0;  ///< the oldest

    template <class Same, class Make>
    std::string const& get(What const& what, Same same, Make make) {
      for (auto const& one : said)
        if (!one.sentence.empty() && same(one.what, what)) return one.sentence;
      auto& one = said[std::exchange(next, (next + 1) % most)];
      one = {what, make()};
      return one.sentence;
    }
  };
  struct OfScope {
    std::string prior;
    std::array<Kept<Episode, most_episodes>, family_count> episodes;
    Kept<Discount, most_discounts> discounts;
    Kept<Profile, 1> profile;
  };

  Fleet const& fleet_;
  std::string unattributed_;
  std::vector<OfScope> scopes_;
};

}  // namespace greywatch::collector
