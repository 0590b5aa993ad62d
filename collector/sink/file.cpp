#include "collector/sink/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "common/yaml.hpp"

namespace greywatch::collector {

namespace {

int open_log(std::filesystem::path const& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
}

class FileSink : public Sink {
 public:
  FileSink(SinkConfig config, int file) : config_(std::move(config)), file_(file) {}
  ~FileSink() override { ::close(file_); }
  FileSink(FileSink const&) = delete;
  FileSink& operator=(FileSink const&) = delete;

  std::string const& name() const override { return config_.name; }

  void send(Alert const& alert) override {
    std::scoped_lock const lock(mutex_);
    if (!wanted(config_, alert)) {
      ++counters_.filtered;
      return;
    }
    ++counters_.accepted;
    // After a line that broke off, the next one starts on its own.
    std::string line = torn_ ? "\n" : "";
    write_ndjson(alert, line);
    if (write_all(line)) {
      ++counters_.delivered;
      return;
    }
    ++counters_.given_up;
    spdlog::error("sink {}: alert {} was not written to {}: {}", config_.name, alert.id, config_.file.path.string(),
                  std::strerror(errno));
  }

  void reopen() override {
    std::scoped_lock const lock(mutex_);
    int const file = open_log(config_.file.path);
    if (file < 0) {
      spdlog::error("sink {}: {} cannot be opened again: {}", config_.name, config_.file.path.string(),
                    std::strerror(errno));
      return;
    }
    ::close(std::exchange(file_, file));
    torn_ = false;
  }

  SinkCounters counters() const override {
    std::scoped_lock const lock(mutex_);
    return counters_;
  }

 private:
  bool write_all(std::string_view line) {
    auto left = line;
    while (!left.empty()) {
      auto const written = ::write(file_, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        ++counters_.failed_tries;
        torn_ = torn_ || left.size() != line.size();
        return false;
      }
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    torn_ = false;
    if (!config_.file.sync || ::fsync(file_) == 0) return true;
    ++counters_.failed_tries;
    return false;
  }

  mutable std::mutex mutex_;
  SinkConfig config_;
  int file_;
  bool torn_ = false;
  SinkCounters counters_;
};

}  // namespace

Result<std::unique_ptr<Sink>, Refusal> make_file(SinkConfig const& config, Outbox&) {
  int const file = open_log(config.file.path);
  if (file < 0)
    return refuse(fmt::format("sink \"{}\": {} cannot be opened: {}", config.name, config.file.path.string(),
                              std::strerror(errno)));
  return std::make_unique<FileSink>(config, file);
}

void read_file(yaml::Mapping& mapping, SinkConfig& into) {
  mapping.required("path", into.file.path);
  mapping.optional("sync", into.file.sync);
}

}  // namespace greywatch::collector
