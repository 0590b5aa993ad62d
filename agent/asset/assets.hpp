#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/asset/identity.hpp"
#include "agent/asset/vendors.hpp"
#include "agent/observation.hpp"
#include "common/hash.hpp"

namespace greywatch::agent {

/// Bounds of the passive inventory. The defaults keep a full table below 4 MiB.
struct AssetOptions {
  std::string node = "agent";                    ///< observer.name
  std::size_t assets = 4096;                     ///< hosts; what comes later is counted and left out
  std::size_t peers = 16;                        ///< of one asset that are named
  std::size_t roles = 16;                        ///< of one asset
  std::size_t paths = 16;                        ///< of one asset: who commands it without authentication
  std::size_t addresses = 8;                     ///< MAC addresses of one asset
  std::size_t told_at_once = 256;                ///< records of one look at what changed
  Duration interval = std::chrono::minutes(10);  ///< event time between such looks
  Duration refresh = std::chrono::hours(24);     ///< an asset is told anew after this, if it was heard since
};

struct AssetCounters {
  std::uint64_t assets = 0;    ///< in the table
  std::uint64_t refused = 0;   ///< messages of hosts that found the table full
  std::uint64_t left_out = 0;  ///< lists of assets that had no room for something
};

/// Who is there, as traffic shows it: addresses, roles by protocol, identification, what runs on it, whom it talks to,
/// who commands it. One asset is one IP address, or one MAC address where frames carry none. An asset record is a
/// finding of kind `asset` (docs/fields.md has its fields); it is made when an asset is new or changed, and once a day.
///
/// Capture thread. Allocates when something new is learned, never for what is known.
class Assets {
 public:
  /// `vendors` and `sink` must outlive this; without `vendors` MAC addresses have no vendor.
  Assets(AssetOptions const& options, HashKey const& key, Vendors const* vendors, FindingSink& sink);

  /// `first_of_flow`: nothing of its flow was observed before.
  void on_observation(Observation const& observation, bool first_of_flow);
  void on_close(Flow const& flow);
  /// Event time passed: tells what is due.
  void on_time(Time now);
  /// Tells every asset that was not told since it changed. At the end of a capture, and for `replay --emit assets`.
  void finish(Time now);

  AssetCounters counters() const { return {.assets = assets_.size(), .refused = refused_, .left_out = left_out_}; }

 private:
  struct Key {
    std::array<std::uint8_t, 16> octets{};
    std::uint8_t version = 0;  ///< 4, 6, or 0 for a MAC address
    bool operator==(Key const&) const = default;
    static Key of(Endpoint const& endpoint);
  };
  struct Hash {
    HashKey key;
    std::size_t operator()(Key const& of) const;
  };
  struct Role {
    std::string_view protocol;  ///< a literal
    enum class Part : std::uint8_t { client, server, publisher, subscriber } part;
    bool operator==(Role const&) const = default;
  };
  struct Path {
    Key from;
    std::string_view protocol;
    bool operator==(Path const&) const = default;
  };
  struct Attribute {
    std::string_view name;  ///< a literal of the identity table
    std::string value;
    bool list = false;  ///< one of several values
  };
  /// In the order of their names in tell().
  enum class List : std::uint8_t { peers, roles, paths, time_sources, macs, attributes };
  struct Asset {
    std::vector<Mac> macs;
    std::vector<Role> roles;
    std::vector<Attribute> attributes;
    std::vector<Key> peers;
    std::vector<Path> paths;
    std::vector<Key> time_sources;
    bool commands = false, engineers = false;
    std::uint8_t incomplete = 0;  ///< a bit for each List that lacks something
    bool changed = true;
    Time first, last, told;
  };
  class Identification;
  class Addresses;

  Asset* find(Key const& key);
  Asset* admit(Key const& key, Time now);
  void meet(Observation const& observation);
  void tell_of(Subject const& subject, Observation const& observation);
  void command(Observation const& observation);
  void tell_due(Time now, auto is_due, std::size_t most);
  void tell(Key const& key, Asset& asset, Time now);
  /// Something found no room in a list.
  void leave_out(Asset& asset, List list);
  template <class T>
  void add(Asset& asset, List name, std::vector<T>& list, T const& item, std::size_t most);
  static std::string text(Key const& key);

  AssetOptions options_;
  Vendors const* vendors_;
  FindingSink& sink_;
  std::unordered_map<Key, Asset, Hash> assets_;
  std::array<std::uint64_t, 1024> commanding_{};  ///< flows whose commands are known, by the end of their id
  std::uint64_t refused_ = 0, left_out_ = 0;
  Time due_;
};

}  // namespace greywatch::agent
