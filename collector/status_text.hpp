#pragma once
#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace greywatch::collector {

/// What `greywatch-collector status` tells a person, from items of the API (docs/api.md): lines of at most 120 columns
/// where words allow. Control characters of the answer never reach the terminal. What is no object throws
/// std::exception; a missing member shows as "-".
std::string node_lines(boost::json::array const& nodes);
std::string score_lines(boost::json::array const& scores);

/// Each alert: severity, scope, score, since and title in front, then its explanation, nodes and operators indented.
std::string alert_lines(boost::json::array const& alerts);

/// A member as one line of text; "-" when there is none.
std::string member_text(boost::json::value const& object, std::string_view key);

}  // namespace greywatch::collector
