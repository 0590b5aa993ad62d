#include "agent/ship/spool.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "common/wire/codec.hpp"
#include "tests/support/random_finding.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::agent;

namespace {

namespace fs = std::filesystem;
using Classes = link::SpoolClass;

std::unique_ptr<Spool> open(fs::path const& directory, std::uint64_t max_octets = 1 << 20) {
  SpoolOptions options{.directory = directory, .max_octets = max_octets};
  auto spool = Spool::open(options);
  REQUIRE(spool);
  return std::move(*spool);
}

Finding finding(FindingClass classification, std::string message = "odd") {
  Finding out;
  out.classification = classification;
  out.message = std::move(message);
  return out;
}

std::vector<std::uint64_t> drain(Spool& spool) {
  std::vector<std::uint64_t> out;
  while (auto record = spool.next()) {
    REQUIRE(link::decode(as_bytes(record->payload)));
    out.push_back(record->sequence);
  }
  return out;
}

std::vector<fs::path> segments(fs::path const& directory) {
  std::vector<fs::path> out;
  for (auto const& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".seg") out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

std::string slurp(fs::path const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void spit(fs::path const& path, std::string_view octets) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << octets;
}

/// The directory as a crash leaves it: copied while the spool is open.
void crash(fs::path const& from, fs::path const& to) {
  fs::remove_all(to);
  fs::copy(from, to);
}

}  // namespace

TEST_CASE("findings come back from the spool as they went in, in the order of their sequences", "[agent][ship]") {
  test::Scratch place;
  test::RandomFinding random(7);
  auto spool = open(place.path());
  std::vector<Finding> sent;
  for (std::uint64_t i = 1; i <= 500; ++i) {
    sent.push_back(random());
    CHECK(spool->append(sent.back()) == i);
    sent.back().id.clear();
  }
  CHECK(spool->counters().waiting == 500);
  for (std::uint64_t i = 1; i <= 500; ++i) {
    auto const record = spool->next();
    REQUIRE(record);
    CHECK(record->sequence == i);
    CHECK(record->spool_class == link::spool_class(sent[i - 1]));
    CHECK(link::decode(as_bytes(record->payload)).value() == sent[i - 1]);
  }
  CHECK_FALSE(spool->next());
  CHECK_FALSE(spool->has_next());
}

TEST_CASE("sequence, epoch and what waits survive a clean restart", "[agent][ship]") {
  test::Scratch place;
  auto spool = open(place.path());
  auto const epoch = spool->epoch();
  for (int i = 0; i < 10; ++i) spool->append(finding(FindingClass::access));
  spool->ack(4);
  spool.reset();
  spool = open(place.path());
  CHECK(spool->epoch() == epoch);
  CHECK(spool->acked() == 4);
  CHECK(spool->next_sequence() == 11);
  CHECK(drain(*spool) == std::vector<std::uint64_t>{5, 6, 7, 8, 9, 10});
  CHECK(spool->counters().waiting == 6);
}

TEST_CASE("no sequence is given twice after a crash, whatever was lost", "[agent][ship]") {
  test::Scratch place, after;
  auto spool = open(place.path());
  for (int i = 0; i < 10; ++i) spool->append(finding(FindingClass::access));
  crash(place.path(), after.path());
  // The power failed and took the unflushed records with it; the collector may have got them.
  for (auto const& segment : segments(after.path())) fs::remove(segment);
  auto const again = open(after.path());
  CHECK(again->epoch() == spool->epoch());
  CHECK(again->next_sequence() > 10);
  CHECK(drain(*again).empty());
}

TEST_CASE("a tail torn at any octet costs only the record that it cuts", "[agent][ship]") {
  test::Scratch place, after;
  std::vector<std::size_t> ends;
  {
    auto spool = open(place.path());
    for (int i = 0; i < 3; ++i) {
      spool->append(finding(FindingClass::loss, std::string(static_cast<std::size_t>(i) * 3, 'x')));
      ends.push_back(fs::file_size(segments(place.path()).front()));
    }
    crash(place.path(), after.path());
  }
  auto const segment = segments(place.path()).front();
  auto const whole = slurp(segment);
  REQUIRE(whole.size() == ends.back());
  test::Scratch torn;
  for (std::size_t n = 0; n < whole.size(); ++n) {
    crash(after.path(), torn.path());
    spit(torn.path() / segment.filename(), std::string_view(whole).substr(0, n));
    auto spool = open(torn.path());
    auto const left = static_cast<std::size_t>(std::ranges::count_if(ends, [n](std::size_t end) { return end <= n; }));
    REQUIRE(drain(*spool).size() == left);
    REQUIRE(spool->counters().damaged == 0);
    // It goes on behind the cut, and what comes then survives too.
    auto const sequence = spool->append(finding(FindingClass::loss, "after"));
    spool.reset();
    spool = open(torn.path());
    auto const found = drain(*spool);
    REQUIRE(found.size() == left + 1);
    REQUIRE(found.back() == sequence);
  }
}

TEST_CASE("a damaged record is skipped and counted, its neighbours stand", "[agent][ship]") {
  test::Scratch place, after;
  {
    auto spool = open(place.path());
    for (int i = 0; i < 4; ++i) spool->append(finding(FindingClass::loss));
  }
  auto const segment = segments(place.path()).front();
  auto const whole = slurp(segment);
  auto const record = (whole.size() - segment_header_octets) / 4;
  for (std::size_t n = 0; n < whole.size() - record; ++n) {  // the last record would be a torn tail
    auto changed = whole;
    changed[n] = static_cast<char>(changed[n] ^ 0x41);
    crash(place.path(), after.path());
    spit(after.path() / segment.filename(), changed);
    auto spool = open(after.path());
    auto const found = drain(*spool);
    if (n < segment_header_octets) {
      REQUIRE(found.size() == 4);
      continue;
    }
    REQUIRE(found.size() == 3);
    REQUIRE(spool->counters().damaged == 1);
    auto const hurt = (n - segment_header_octets) / record + 1;
    REQUIRE(std::ranges::find(found, hurt) == found.end());
  }
}

TEST_CASE("text inside a finding cannot pose as a record after damage", "[agent][ship]") {
  test::Scratch place;
  // The outsider knows the format but not the epoch.
  auto const forged = seal_record(1, Classes::command, 2, as_bytes("forged"));
  {
    auto spool = open(place.path());
    spool->append(finding(FindingClass::command, forged));
    spool->append(finding(FindingClass::command));
  }
  auto const segment = segments(place.path()).front();
  auto octets = slurp(segment);
  octets[segment_header_octets] = static_cast<char>(octets[segment_header_octets] ^ 1);
  spit(segment, octets);
  auto spool = open(place.path());
  CHECK(drain(*spool) == std::vector<std::uint64_t>{2});
}

TEST_CASE("a full spool drops the oldest of the least severe class first and counts each", "[agent][ship]") {
  test::Scratch place;
  auto spool = open(place.path(), 256 * 1024);
  std::string const text(400, 'x');
  std::uint64_t commands = 0, recons = 0;
  for (int i = 0; i < 200; ++i, ++commands) spool->append(finding(FindingClass::command, text));
  for (int i = 0; i < 1000; ++i, ++recons) spool->append(finding(FindingClass::recon, text));
  auto counters = spool->counters();
  CHECK(counters.octets <= 256 * 1024);
  CHECK(counters.dropped_by_class[static_cast<std::size_t>(Classes::command)] == 0);
  auto const dropped = counters.dropped_by_class[static_cast<std::size_t>(Classes::recon)];
  CHECK(dropped > 0);
  auto const found = drain(*spool);
  CHECK(found.size() + dropped == commands + recons);
  // All commands, then the newest of the others.
  CHECK(found[199] == 200);
  CHECK(found[200] == 200 + dropped + 1);
  CHECK(found.back() == 1200);

  // Commands push the others out, and only then their own oldest; what is less severe is then not taken at all.
  for (int i = 0; i < 1000; ++i, ++commands) spool->append(finding(FindingClass::command, text));
  auto const command = static_cast<std::size_t>(Classes::command), recon = static_cast<std::size_t>(Classes::recon);
  auto const dropped_commands = spool->counters().dropped_by_class[command];
  CHECK(dropped_commands > 0);
  CHECK(spool->counters().dropped_by_class[recon] == recons);
  for (int i = 0; i < 200; ++i, ++recons) spool->append(finding(FindingClass::recon, text));
  counters = spool->counters();
  CHECK(counters.dropped_by_class[command] == dropped_commands);
  CHECK(counters.dropped_by_class[recon] > 1000);
  CHECK(counters.waiting + counters.dropped_by_class[command] + counters.dropped_by_class[recon] == commands + recons);
  auto const before = counters.dropped_by_class;
  spool.reset();
  spool = open(place.path(), 256 * 1024);
  CHECK(spool->counters().dropped_by_class == before);
  CHECK(spool->counters().waiting == counters.waiting);
}

TEST_CASE("what is acked makes room before anything is dropped", "[agent][ship]") {
  test::Scratch place;
  auto spool = open(place.path(), 128 * 1024);
  std::string const text(400, 'x');
  for (int i = 0; i < 5000; ++i) {
    auto const sequence = spool->append(finding(static_cast<FindingClass>(i % 6), text));
    if (i % 50 == 49) spool->ack(sequence);
  }
  CHECK(spool->counters().dropped_by_class == link::PerClass{});
  CHECK(spool->counters().octets <= 128 * 1024);
  CHECK(spool->counters().waiting == 0);
}

TEST_CASE("reading goes on where it was while segments come and go", "[agent][ship]") {
  test::Scratch place;
  auto spool = open(place.path(), 128 * 1024);
  test::RandomFinding random(8);
  std::uint64_t read = 0, last = 0, given = 0;
  for (int i = 0; i < 4000; ++i) {
    last = spool->append(finding(static_cast<FindingClass>(random.below(6)), random.text(600)));
    ++given;
    if (random.below(3) == 0)
      while (random.below(4) && spool->has_next()) {
        auto const record = spool->next();
        REQUIRE(record);
        REQUIRE(record->sequence > read);
        read = record->sequence;
      }
    if (random.below(10) == 0) spool->ack(read);
    if (random.below(100) == 0) {
      spool->rewind();
      read = spool->acked();
    }
  }
  spool->ack(last);
  CHECK_FALSE(spool->next());
  CHECK(spool->counters().waiting == 0);
  CHECK(given == last);
}

TEST_CASE("a lost state file starts a new epoch and keeps the findings", "[agent][ship]") {
  test::Scratch place;
  std::uint64_t epoch = 0;
  {
    auto spool = open(place.path());
    epoch = spool->epoch();
    for (int i = 0; i < 5; ++i) spool->append(finding(FindingClass::market));
    spool->append(finding(FindingClass::access));
  }
  spit(place.path() / "state", std::string(1024, 'x'));
  auto spool = open(place.path());
  CHECK(spool->epoch() != epoch);
  CHECK(drain(*spool) == std::vector<std::uint64_t>{7, 8, 9, 10, 11, 12});
  CHECK(spool->counters().renumbered == 6);
  spool.reset();
  spool = open(place.path());
  CHECK(drain(*spool).size() == 6);
  CHECK(spool->counters().renumbered == 0);
}

TEST_CASE("a torn slot of the state file leaves the one before in force", "[agent][ship]") {
  test::Scratch place;
  {
    auto spool = open(place.path());
    for (int i = 0; i < 20; ++i) spool->ack(spool->append(finding(FindingClass::market)));
  }
  auto const whole = slurp(place.path() / "state");
  for (std::size_t hurt : {std::size_t{8}, std::size_t{520}}) {
    auto changed = whole;
    changed[hurt] = static_cast<char>(changed[hurt] ^ 1);
    spit(place.path() / "state", changed);
    auto const spool = open(place.path());
    CHECK(spool->acked() >= 19);
    CHECK(spool->counters().renumbered == 0);
  }
}

TEST_CASE("a renewed epoch keeps what is not acked under new sequences", "[agent][ship]") {
  test::Scratch place;
  auto spool = open(place.path());
  auto const epoch = spool->epoch();
  for (int i = 0; i < 10; ++i) spool->append(finding(static_cast<FindingClass>(i % 2)));
  spool->ack(6);
  drain(*spool);
  spool->renew_epoch();
  CHECK(spool->epoch() != epoch);
  CHECK(drain(*spool) == std::vector<std::uint64_t>{11, 12, 13, 14});
  spool->ack(14);
  CHECK(spool->counters().waiting == 0);
}

TEST_CASE("an ack beyond what was given is not believed", "[agent][ship]") {
  test::Scratch place;
  auto spool = open(place.path());
  spool->append(finding(FindingClass::access));
  spool->ack(1'000'000);
  CHECK(spool->acked() == 1);
  spool->append(finding(FindingClass::access));
  CHECK(drain(*spool) == std::vector<std::uint64_t>{2});
}

TEST_CASE("a disk that refuses costs nothing as long as memory lasts, then the least severe", "[agent][ship]") {
  test::Scratch place;
  SpoolOptions options{
      .directory = place.path() / "spool", .retry_interval = std::chrono::milliseconds{1}, .memory_records = 10};
  auto opened = Spool::open(options);
  REQUIRE(opened);
  auto& spool = **opened;
  spool.append(finding(FindingClass::access));
  // New segments cannot be made where a directory has their name; that refuses even the superuser.
  auto const block = [&](bool on) {
    for (std::uint64_t i = 1; i < 100; ++i) {
      auto const path =
          options.directory / (std::string(20 - std::to_string(i).size(), '0') + std::to_string(i) + "-command.seg");
      on ? fs::create_directory(path) : fs::remove(path);
    }
  };
  block(true);
  for (int i = 0; i < 8; ++i) spool.append(finding(FindingClass::command));
  auto counters = spool.counters();
  CHECK(counters.degraded);
  CHECK(counters.trouble.find("append") != std::string::npos);
  CHECK(counters.in_memory == 8);
  CHECK(counters.waiting == 9);
  // What waits for the disk is sent all the same.
  CHECK(drain(spool) == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  for (int i = 0; i < 4; ++i) spool.append(finding(FindingClass::recon));
  counters = spool.counters();
  CHECK(counters.in_memory == 10);
  CHECK(counters.dropped_by_class[static_cast<std::size_t>(Classes::recon)] == 2);
  spool.tick(std::chrono::steady_clock::now() + std::chrono::seconds{1});
  CHECK(spool.counters().degraded);
  block(false);
  spool.tick(std::chrono::steady_clock::now() + std::chrono::seconds{2});
  counters = spool.counters();
  CHECK_FALSE(counters.degraded);
  CHECK(counters.in_memory == 0);
  CHECK(counters.waiting == 11);
  spool.rewind();
  CHECK(drain(spool).size() == 11);
}

TEST_CASE("two agents cannot share a spool, and a file is no spool", "[agent][ship]") {
  test::Scratch place;
  auto const spool = open(place.path());
  auto const second = Spool::open({.directory = place.path()});
  REQUIRE_FALSE(second);
  CHECK(second.error().text.find("another agent uses it") != std::string::npos);
  spit(place.path() / "file", "x");
  CHECK_FALSE(Spool::open({.directory = place.path() / "file"}));
}

TEST_CASE("foreign files in the directory are left alone", "[agent][ship]") {
  test::Scratch place;
  spit(place.path() / "notes.txt", "keep");
  spit(place.path() / "00000000000000000001-poetry.seg", "keep");
  spit(place.path() / "00000000000000000001-recon.seg", std::string(5000, '\xff'));
  auto spool = open(place.path());
  spool->append(finding(FindingClass::recon));
  CHECK(drain(*spool).size() == 1);
  CHECK(slurp(place.path() / "notes.txt") == "keep");
  CHECK(slurp(place.path() / "00000000000000000001-poetry.seg") == "keep");
}

TEST_CASE("what the spool took survives kill -9 at any moment", "[agent][ship]") {
  test::Scratch place;
  for (int round = 0; round < 15; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    auto const child = ::fork();
    if (child == 0) {
      auto spool = Spool::open({.directory = place.path(), .max_octets = 64 << 20}).value();
      for (std::uint64_t i = 0;; ++i) {
        auto const sequence = spool->append(finding(static_cast<FindingClass>(i % 6), std::string(i % 500, 'x')));
        if (::write(ends[1], &sequence, sizeof sequence) != sizeof sequence) ::_exit(1);
      }
    }
    ::close(ends[1]);
    ::usleep(static_cast<useconds_t>(2000 + round * 1500));
    ::kill(child, SIGKILL);
    std::vector<std::uint64_t> given;
    std::uint64_t sequence = 0;
    while (::read(ends[0], &sequence, sizeof sequence) == sizeof sequence) given.push_back(sequence);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    auto spool = open(place.path(), 64 << 20);
    auto const found = drain(*spool);
    // Each one that was given is there, at most one more that was being given.
    REQUIRE(std::ranges::includes(found, given));
    REQUIRE(found.size() <= given.size() + 1);
    if (!found.empty()) spool->ack(found.back());
  }
}
