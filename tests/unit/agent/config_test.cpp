#include "agent/config.hpp"

#include <catch2/catch.hpp>

using namespace greywatch;
using namespace greywatch::agent;

TEST_CASE("rules come from the collector unless the configuration says otherwise", "[agent][config]") {
  auto const with = [](std::string const& more) {
    return parse_config("node: n\ncapture: [{interface: eth0}]\n" + more, "c.yaml").value();
  };
  CHECK(with("").rules);
  CHECK_FALSE(with("").rules_from);
  CHECK(with("rules: collector\n").rules);
  CHECK_FALSE(with("rules: collector\n").rules_from);
  CHECK_FALSE(with("rules: none\n").rules);
  CHECK_FALSE(with("rules: none\n").rules_from);
  CHECK(with("rules: /etc/greywatch/rules\n").rules_from == "/etc/greywatch/rules");
  CHECK(parse_config("node: n\ncapture: [{interface: eth0}]\nrules: mine\n", "/etc/greywatch/agent.yaml")->rules_from ==
        "/etc/greywatch/mine");
}
