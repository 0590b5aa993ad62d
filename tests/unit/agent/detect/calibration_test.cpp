// Statistics with fixed seeds: that p means what docs/findings.md says it means.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <set>

#include "agent/detect/novelty.hpp"
#include "plant.hpp"

using namespace greywatch;
using namespace greywatch::test;
using namespace greywatch::agent::detect;
using namespace std::chrono_literals;

TEST_CASE("p of something new is super-uniform on a stationary source", "[detect][calibration]") {
  std::mt19937_64 random(1);
  for (double exponent : {0.8, 1.2, 2.0}) {
    std::vector<double> weights;
    for (int i = 1; i <= 3000; ++i) weights.push_back(std::pow(i, -exponent));
    std::discrete_distribution<std::uint32_t> source(weights.begin(), weights.end());
    std::map<double, double> at_most{{0.5, 0}, {0.2, 0}, {0.1, 0}, {0.05, 0}, {0.02, 0}, {0.01, 0}};
    double draws = 0;
    for (int run = 0; run < 300; ++run) {
      Novelty novelty;
      std::map<std::uint32_t, std::uint32_t> seen;
      for (int i = 0; i < 400; ++i) {
        auto& times = seen[source(random)];
        double const p = times == 0 ? novelty.p() : 1;
        for (auto& [level, share] : at_most) share += p <= level;
        novelty.draw(++times);
        ++draws;
      }
    }
    for (auto const& [level, share] : at_most) {
      INFO("exponent " << exponent << ", level " << level << ": " << share / draws);
      CHECK(share / draws <= level + 0.01);
    }
  }
}

TEST_CASE("p by the age of the relations is super-uniform where all are alike", "[detect][calibration]") {
  std::mt19937_64 random(2);
  std::map<double, double> at_most{{0.5, 0}, {0.2, 0}, {0.1, 0}, {0.05, 0}, {0.02, 0}};
  Hazard hazard;
  double occasions = 0;
  for (int relation = 0; relation < 300; ++relation) {
    for (std::uint32_t age = 1; age <= 200; ++age) {
      bool const odd = std::generate_canonical<double, 53>(random) < 1.0 / age;  // a learning curve
      double const p = odd ? hazard.p(age) : 1;
      for (auto& [level, share] : at_most) share += p <= level;
      hazard.expose(age);
      if (odd) hazard.befall(age);
      ++occasions;
    }
  }
  for (auto const& [level, share] : at_most) CHECK(share / occasions <= level + 0.01);
}

TEST_CASE("p of a window's surprise is uniform among windows alike", "[detect][calibration]") {
  std::mt19937_64 random(3);
  std::normal_distribution<double> source;
  Rank rank;
  for (int i = 0; i < 5000; ++i) rank.add(source(random));
  std::map<double, double> at_most{{0.5, 0}, {0.2, 0}, {0.05, 0}, {0.01, 0}};
  constexpr int tests = 20'000;
  for (int i = 0; i < tests; ++i) {
    double const p = rank.p(source(random));
    for (auto& [level, share] : at_most) share += p <= level;
  }
  for (auto const& [level, share] : at_most) {
    CHECK(share / tests <= level * 1.1 + 0.002);
    CHECK(share / tests >= level * 0.6 - 0.005);  // bins of a quarter make it conservative
  }
}

TEST_CASE("the scan test finds scanners and leaves clumsy clients alone", "[detect][calibration]") {
  std::mt19937_64 random(4);
  auto const alarmed = [&](double success, unsigned clients, std::uint64_t contacts) {
    DetectionOptions options;
    options.words = {"scan"};
    options.fresh_burst = 1000;
    Plant plant(options);
    for (unsigned client = 1; client <= clients; ++client) {
      auto& flow = plant.open(client, 10'000 + client);
      for (std::uint64_t i = 0; i < contacts; ++i) {
        bool const ok = std::generate_canonical<double, 53>(random) < success;
        plant.exchange(flow, {.object = i * 64}, ok ? Status::ok : Status::unknown_object);
      }
      plant.close(flow);
    }
    std::set<Ip> sources;
    for (auto const& finding : plant.findings.with("modbus.scan.objects")) sources.insert(finding.source.ip);
    return sources.size();
  };
  CHECK(alarmed(0.8, 200, 200) == 0);   // 40,000 first contacts at a false-alarm rate of 1e-5 a client
  CHECK(alarmed(0.2, 200, 60) >= 196);  // 0.99 within some tens
}

TEST_CASE("a stationary random order of messages raises hardly any alarm of transitions", "[detect][calibration]") {
  std::mt19937_64 random(5);
  DetectionOptions options;
  options.words = {"transition"};
  Plant plant(options);
  auto& flow = plant.open(1, 101);
  std::discrete_distribution<std::uint64_t> source({30, 20, 10, 5, 2, 1, 0.5, 0.1});
  auto const say = [&](int messages) {
    for (int i = 0; i < messages; ++i) {
      plant.tell(flow, {.operation = Operation::report, .code = 13, .object = source(random) * 64});
      plant.pass(500ms);
    }
  };
  plant.detection.learn();
  say(60'000);
  plant.detection.operate();
  say(120'000);  // most of a day
  plant.finish();
  auto const& all = plant.findings;
  CHECK(all.with("modbus.transition.unseen").size() <= 3);
  CHECK(all.with("modbus.transition.surprise").size() <= 1);
  double least = 1;
  for (auto const& finding : all.all)
    if (finding.kind == FindingKind::summary && finding.classification == FindingClass::command)
      least = std::min(least, finding.p);
  CHECK(least > 1e-4);
}
