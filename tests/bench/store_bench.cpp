// The store's rate of findings beside SQLite's own: bench_store [--findings N] [--batch N] [--runs N] [--folder DIR]
// Both write the same findings with the same durability (WAL, synchronous FULL) in transactions of the same size, in
// turn: SQLite prepared inserts of (event id, body) into one STRICT table from one thread, the store what an agent's
// batches bring, from their hand-over to the last commit (columns, indexes, duplicates, positions and nodes included).
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "collector/store/sqlite.hpp"
#include "collector/store/store.hpp"
#include "common/event/ndjson.hpp"

namespace {

using namespace greywatch;
using namespace greywatch::collector;

constexpr std::size_t nodes = 50;

Finding finding(std::size_t i) {
  Finding made;
  made.time = Time{std::chrono::seconds{1'767'225'600} + std::chrono::milliseconds{20 * i}};
  made.node = fmt::format("node-{:02}", i % nodes);
  made.id = fmt::format("{}-1767225600-{}", made.node, i / nodes + 1);
  made.code = "modbus.command.new_operation";
  made.message = fmt::format(
      "10.{0}.0.{1} writes registers {2} to {3} of unit 1 at 10.{0}.1.2, which nobody did in the 3,400 writes before",
      i % 200, i % 251, i % 9000, i % 9000 + 4);
  made.protocol = "modbus";
  made.detector = "operation";
  made.classification = FindingClass::command;
  made.p = 1.0 / static_cast<double>(i % 5000 + 2);
  made.techniques = {"T0836"};
  made.framework = "MITRE ATT&CK for ICS";
  made.traits = {fmt::format("address:10.{}.0.{}", i % 200, i % 251)};
  made.first = made.last = made.time;
  made.fields = {{"modbus.function_code", std::uint64_t{16}}, {"modbus.address", std::uint64_t{i % 9000}}};
  return made;
}

std::vector<FindingBatch> batches(std::size_t findings, std::size_t batch) {
  std::vector<FindingBatch> made;
  // Rounds of one batch a node, as agents take turns.
  for (std::size_t begin = 0; begin < findings; begin += batch * nodes)
    for (std::size_t node = 0; node < nodes; ++node) {
      FindingBatch one{
          .node = fmt::format("node-{:02}", node), .epoch = 1'767'225'600, .received = Time{}, .findings = {}};
      for (std::size_t i = begin + node; i < std::min(findings, begin + batch * nodes); i += nodes) {
        one.findings.push_back(finding(i));
        one.last_sequence = i / nodes + 1;
      }
      if (!one.findings.empty()) made.push_back(std::move(one));
    }
  return made;
}

double seconds_of(auto work) {
  auto const begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double bare(std::filesystem::path const& file, std::vector<FindingBatch> const& all, std::size_t group) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (auto const& batch : all)
    for (auto const& one : batch.findings) write_ndjson(one, rows.emplace_back(one.id, std::string{}).second);
  sqlite::Database database(file, sqlite::Database::Mode::read_write);
  database.run("PRAGMA journal_mode = WAL");
  database.run(
      "PRAGMA synchronous = FULL; CREATE TABLE finding (event_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT");
  sqlite::Statement insert(database, "INSERT INTO finding VALUES (?1, ?2)");
  return seconds_of([&] {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % group == 0) database.run(i == 0 ? "BEGIN IMMEDIATE" : "COMMIT; BEGIN IMMEDIATE");
      insert.bind(1, std::string_view{rows[i].first}).bind(2, std::string_view{rows[i].second}).run();
    }
    database.run("COMMIT");
  });
}

double ours(std::filesystem::path const& file, std::vector<FindingBatch> all, std::size_t group) {
  StoreOptions options{.file = file};
  options.group_findings = group;
  auto store = Store::open(options);
  if (!store) throw std::runtime_error(store.error().text);
  std::mutex lock;
  std::condition_variable changed;
  std::size_t committed = 0, refused = 0;
  double const seconds = seconds_of([&] {
    for (auto& batch : all)
      while (!(*store)->commit(batch, [&](auto const& result) {
        std::lock_guard const hold(lock);
        ++(result ? committed : refused);
        changed.notify_one();
      }))
        std::this_thread::yield();
    std::unique_lock hold(lock);
    changed.wait(hold, [&] { return committed + refused == all.size(); });
  });
  (*store)->stop();
  if (refused) throw std::runtime_error(fmt::format("{} of {} batches were refused", refused, all.size()));
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The store's rate of findings beside SQLite's own, in one run"};
  std::size_t findings = 200'000, batch = 64, runs = 5;
  std::filesystem::path folder = std::filesystem::temp_directory_path();
  app.add_option("--findings", findings, "of each run")->capture_default_str();
  app.add_option("--batch", batch, "findings that an agent sends in one go")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--runs", runs)->check(CLI::Range(1, 99))->capture_default_str();
  app.add_option("--folder", folder, "where the files are written")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    auto const place = folder / fmt::format("greywatch-bench-store-{}", ::getpid());
    std::filesystem::create_directory(place);
    auto const all = batches(findings, batch);
    std::size_t const group = StoreOptions{}.group_findings;
    std::vector<double> bares, stores, ratios;
    for (std::size_t run = 0; run < runs; ++run) {
      bares.push_back(bare(place / "bare", all, group));
      stores.push_back(ours(place / "store", all, group));
      ratios.push_back(stores.back() / bares.back());
      for (auto const& entry : std::filesystem::directory_iterator(place)) std::filesystem::remove(entry);
    }
    std::filesystem::remove(place);
    for (auto* times : {&bares, &stores, &ratios}) std::ranges::sort(*times);
    auto const rate = [&](std::vector<double> const& times) {
      return static_cast<double>(findings) / times[times.size() / 2];
    };
    fmt::print("SQLite alone  {:9.0f} findings/s\nstore         {:9.0f} findings/s\n", rate(bares), rate(stores));
    fmt::print("ratio of wall time: median {:.2f} (from {:.2f} to {:.2f}); {} findings in {} batches\n",
               ratios[ratios.size() / 2], ratios.front(), ratios.back(), findings, all.size());
  } catch (std::exception const& error) {
    fmt::print(stderr, "bench_store: {}\n", error.what());
    return 1;
  }
}
