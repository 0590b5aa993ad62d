#include "agent/detect/baseline_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <unordered_map>

namespace greywatch::agent::detect {
namespace {

constexpr std::uint32_t magic = 0x4c42'5747;  // "GWBL"
constexpr std::size_t header_octets = 16, trailer_octets = 4;

/// What is written and read is said once, for both: a Writer takes each value, a Loader gives it.
class Writer {
 public:
  template <std::unsigned_integral T>
  void operator()(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void operator()(float value) { (*this)(std::bit_cast<std::uint32_t>(value)); }
  void operator()(Bytes octets) { out.insert(out.end(), octets.begin(), octets.end()); }
  std::vector<std::uint8_t> out;
};

class Loader {
 public:
  explicit Loader(Bytes octets) : in_(octets) {}
  template <std::unsigned_integral T>
  void operator()(T& value) {
    if constexpr (sizeof(T) == 1) value = in_.u8();
    if constexpr (sizeof(T) == 2) value = in_.le16();
    if constexpr (sizeof(T) == 4) value = in_.le32();
    if constexpr (sizeof(T) == 8) value = in_.le64();
  }
  void operator()(float& value) { value = in_.le_float(); }
  Bytes take(std::size_t octets) { return in_.take(octets); }
  std::size_t left() const { return in_.left(); }
  std::size_t at() const { return in_.at(); }
  explicit operator bool() const { return static_cast<bool>(in_); }

 private:
  Reader in_;
};

template <class Io, class N>
void novelty(Io& io, N& value) {
  io(value.draws), io(value.once);
}

template <class Io, class K, class H, class R>
void totals(Io& io, K& knowledge, H& all_hazards, R& ranks) {
  io(knowledge.learned), io(knowledge.occasions), io(knowledge.malformed_occasions), io(knowledge.baseline_relations);
  novelty(io, knowledge.anywhere);
  for (auto* hazard : all_hazards)
    for (unsigned b = 0; b < Hazard::buckets; ++b) io(hazard->exposed()[b]), io(hazard->odd()[b]);
  for (auto& count : ranks) io(count);
}

template <class Io, class R>
void relation_body(Io& io, R& relation) {
  io(relation.first), io(relation.latest), io(relation.occasions), io(relation.heard);
  for (auto& each : relation.novelty) novelty(io, each);
  for (auto& each : relation.steps) io(each);
  io(relation.surprise), io(relation.spread), io(relation.windows), io(relation.malformed), io(relation.run);
  io(relation.flags), io(relation.days);
}
constexpr std::size_t host_octets = 17 + 8, relation_octets = 12 + 16 + 12 + 8 + 8 + 2 + 5, operation_octets = 18 + 16,
                      transition_octets = 12;

template <class Io, class O>
void operation_body(Io& io, O& record) {
  io(record.key.unit), io(record.key.object), io(record.key.code), io(record.key.subcode), io(record.key.nature);
  io(record.occasions), io(record.latest), io(record.followed), io(record.followers), io(record.once), io(record.flags);
  io(record.reported);
}

auto hazards_of(Knowledge& knowledge) {
  std::array<Hazard*, levels + 2> all{};
  for (std::size_t i = 0; i < levels; ++i) all[i] = &knowledge.hazards[i];
  all[levels] = &knowledge.new_targets;
  all[levels + 1] = &knowledge.strange_transitions;
  return all;
}

std::string failure(std::string_view what, std::filesystem::path const& path) {
  return fmt::format("{} {}: {}", what, path.string(), std::strerror(errno));
}

/// Ids of a table by the order in the file; 0 is none.
using Ids = std::vector<std::uint32_t>;
std::uint32_t id_of(Ids const& ids, std::uint32_t ordinal) { return ordinal < ids.size() ? ids[ordinal] : 0; }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

std::uint32_t crc32c(Bytes octets) {
  static auto const table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82f6'3b78U : 0);
      made[i] = value;
    }
    return made;
  }();
  std::uint32_t crc = 0xffff'ffff;
  for (auto octet : octets) crc = crc >> 8 ^ table[(crc ^ octet) & 0xff];
  return ~crc;
}

std::vector<std::uint8_t> BaselineFile::write(Knowledge const& constant) {
  auto& knowledge =
      const_cast<Knowledge&>(constant);  // the visitors below read through references that Loader writes through
  Writer out;
  out(magic), out(version), out(std::uint64_t{0});
  auto const hazards = hazards_of(knowledge);
  totals(out, knowledge, hazards, knowledge.windows.counts());

  out(static_cast<std::uint32_t>(knowledge.protocols_.size() - 1));
  for (std::size_t i = 1; i < knowledge.protocols_.size(); ++i) {
    auto const name = knowledge.protocols_[i].substr(0, 255);
    out(static_cast<std::uint8_t>(name.size())), out(as_bytes(name));
  }

  // Entries refer to one another by their order in the file.
  std::unordered_map<std::uint32_t, std::uint32_t> hosts, relations, operations{};
  out(knowledge.hosts.size());
  for (std::uint32_t i = 0; i < knowledge.hosts.size(); ++i) {
    auto const& host = knowledge.hosts.all()[i];
    hosts.emplace(knowledge.hosts.id(i), i);
    out(Bytes(host.key.octets)), out(host.key.version);
    novelty(out, host.clients), novelty(out, host.servers);
  }
  auto const ordinal = [](auto const& map, std::uint32_t id) {
    auto const found = map.find(id);
    return found == map.end() ? 0xffff'ffffU : found->second;
  };
  out(knowledge.relations.size());
  for (std::uint32_t i = 0; i < knowledge.relations.size(); ++i) {
    auto const& relation = knowledge.relations.all()[i];
    relations.emplace(knowledge.relations.id(i), i);
    out(ordinal(hosts, relation.key.client)), out(ordinal(hosts, relation.key.server)), out(relation.key.protocol);
    relation_body(out, relation);
  }
  out(knowledge.operations.size());
  for (std::uint32_t i = 0; i < knowledge.operations.size(); ++i) {
    auto const& record = knowledge.operations.all()[i];
    operations.emplace(knowledge.operations.id(i), i);
    out(record.key.relation ? ordinal(relations, record.key.relation) : 0xffff'fffeU);
    operation_body(out, record);
  }
  out(knowledge.transitions.size());
  for (auto const& transition : knowledge.transitions.all())
    out(ordinal(operations, transition.key.from)), out(ordinal(operations, transition.key.to)), out(transition.count);

  std::uint64_t const length = out.out.size() - header_octets;
  for (std::size_t i = 0; i < 8; ++i) out.out[8 + i] = static_cast<std::uint8_t>(length >> (8 * i));
  out(crc32c(out.out));
  return std::move(out.out);
}

Result<std::unique_ptr<Knowledge>, Refusal> BaselineFile::read(Bytes octets, DetectionBounds const& bounds,
                                                               HashKey const& hash_key) {
  if (octets.size() < header_octets + trailer_octets)
    return refuse(fmt::format("a baseline of {} octets is too short", octets.size()));
  Loader head(octets);
  std::uint32_t seen_magic = 0, seen_version = 0;
  std::uint64_t length = 0;
  head(seen_magic), head(seen_version), head(length);
  if (seen_magic != magic) return refuse("this is no greywatch baseline: octets 0 to 3 are not GWBL");
  if (seen_version != version)
    return refuse(fmt::format("the baseline is of version {}, this agent reads version {}", seen_version, version));
  if (length != octets.size() - header_octets - trailer_octets)
    return refuse(fmt::format("the baseline says it has {} octets after its header and has {}", length,
                              octets.size() - header_octets - trailer_octets));
  Loader tail(octets.last(trailer_octets));
  std::uint32_t crc = 0;
  tail(crc);
  if (crc != crc32c(octets.first(octets.size() - trailer_octets)))
    return refuse("the baseline is damaged: its checksum does not match");

  auto made = std::make_unique<Knowledge>(bounds, hash_key);
  auto& knowledge = *made;
  Loader in(octets.subspan(header_octets, length));
  auto const hazards = hazards_of(knowledge);
  std::array<std::uint32_t, Rank::bins> ranks{};
  totals(in, knowledge, hazards, ranks);
  for (unsigned b = 0; b < Rank::bins; ++b) knowledge.windows.set(b, ranks[b]);

  auto const damaged = [&](std::string_view what) {
    return refuse(fmt::format("the baseline's table of {} is wrong at octet {}", what, header_octets + in.at()));
  };
  /// A count of entries of at least `size` octets each that can be there at all.
  auto const count = [&](std::size_t size) -> std::optional<std::uint32_t> {
    std::uint32_t entries = 0;
    in(entries);
    if (!in || entries > in.left() / size) return std::nullopt;
    return entries;
  };

  auto const names = count(1);
  if (!names || *names >= 64) return damaged("protocols");
  for (std::uint32_t i = 0; i < *names; ++i) {
    std::uint8_t size = 0;
    in(size);
    auto const name = as_text(in.take(size));
    if (!in) return damaged("protocols");
    knowledge.owned_.emplace_back(name);
    knowledge.protocols_.push_back(knowledge.owned_.back());
  }

  Ids hosts, relations, operations;
  auto const host_count = count(host_octets);
  if (!host_count) return damaged("hosts");
  hosts.reserve(*host_count);
  for (std::uint32_t i = 0; i < *host_count; ++i) {
    HostKey key;
    auto const address = in.take(key.octets.size());
    std::copy(address.begin(), address.end(), key.octets.begin());
    in(key.version);
    if (key.version != 0 && key.version != 4 && key.version != 6) return damaged("hosts");
    hosts.push_back(knowledge.hosts.admit(key).id);
    auto& host = *knowledge.hosts.resolve(hosts.back());
    novelty(in, host.clients), novelty(in, host.servers);
  }
  auto const relation_count = count(relation_octets);
  if (!relation_count) return damaged("relations");
  relations.reserve(*relation_count);
  for (std::uint32_t i = 0; i < *relation_count; ++i) {
    Relation read{};
    std::uint32_t client = 0, server = 0;
    in(client), in(server), in(read.key.protocol);
    relation_body(in, read);
    read.key.client = id_of(hosts, client), read.key.server = id_of(hosts, server);
    if (!knowledge.hosts.resolve(read.key.client) || !knowledge.hosts.resolve(read.key.server)) {
      relations.push_back(0);
      continue;
    }
    relations.push_back(knowledge.relations.admit(read.key).id);
    *knowledge.relations.resolve(relations.back()) = read;
  }
  auto const operation_count = count(operation_octets);
  if (!operation_count) return damaged("operations");
  operations.reserve(*operation_count);
  for (std::uint32_t i = 0; i < *operation_count; ++i) {
    OperationRecord read{};
    std::uint32_t relation = 0;
    in(relation);
    operation_body(in, read);
    bool const of_node = relation == 0xffff'fffe;
    read.key.relation = of_node ? 0 : id_of(relations, relation);
    if (!of_node && !knowledge.relations.resolve(read.key.relation)) {
      operations.push_back(0);
      continue;
    }
    operations.push_back(knowledge.operations.admit(read.key).id);
    *knowledge.operations.resolve(operations.back()) = read;
  }
  auto const transition_count = count(transition_octets);
  if (!transition_count) return damaged("transitions");
  for (std::uint32_t i = 0; i < *transition_count; ++i) {
    std::uint32_t from = 0, to = 0, times = 0;
    in(from), in(to), in(times);
    TransitionKey const key{id_of(operations, from), id_of(operations, to)};
    if (!knowledge.operations.resolve(key.from) || !knowledge.operations.resolve(key.to)) continue;
    knowledge.transitions.resolve(knowledge.transitions.admit(key).id)->count = times;
  }
  if (!in || in.left() != 0) return damaged("transitions");
  return made;
}

Result<void, Refusal> BaselineFile::save(Knowledge const& knowledge, std::filesystem::path const& path) {
  auto const octets = write(knowledge);
  auto beside = path;
  beside += fmt::format(".{}.new", ::getpid());
  {
    Descriptor const file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (file.get() < 0) return refuse(failure("cannot write the baseline", beside));
    for (std::size_t at = 0; at < octets.size();) {
      auto const written = ::write(file.get(), octets.data() + at, octets.size() - at);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        auto why = failure("cannot write the baseline", beside);
        ::unlink(beside.c_str());
        return refuse(std::move(why));
      }
      at += static_cast<std::size_t>(written);
    }
    if (::fsync(file.get()) != 0 || ::rename(beside.c_str(), path.c_str()) != 0) {
      auto why = failure("cannot replace the baseline", path);
      ::unlink(beside.c_str());
      return refuse(std::move(why));
    }
  }
  auto const folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  Descriptor const directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
  return {};
}

Result<std::unique_ptr<Knowledge>, Refusal> BaselineFile::load(std::filesystem::path const& path,
                                                               DetectionBounds const& bounds, HashKey const& hash_key) {
  Descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return refuse(failure("cannot read the baseline", path));
  std::vector<std::uint8_t> octets;
  std::array<std::uint8_t, 65'536> buffer;
  while (true) {
    auto const got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse(failure("cannot read the baseline", path));
    if (got == 0) break;
    if (octets.size() + static_cast<std::size_t>(got) > most_octets)
      return refuse(fmt::format("{}: a baseline has at most {} octets", path.string(), most_octets));
    octets.insert(octets.end(), buffer.begin(), buffer.begin() + got);
  }
  auto made = read(octets, bounds, hash_key);
  if (!made) return refuse(fmt::format("{}: {}", path.string(), made.error().text));
  return made;
}

}  // namespace greywatch::agent::detect
