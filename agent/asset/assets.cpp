#include "agent/asset/assets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace greywatch::agent {

namespace {

constexpr std::size_t most_attributes = 16, most_value = 128;
constexpr std::size_t most_time_sources = 4;

/// A MAC address of more hosts than this is a router's, and none of theirs.
constexpr std::size_t hosts_of_a_router = 4;

bool is_group(Endpoint const& endpoint) {
  if (endpoint.ip.version == 4)
    return (endpoint.ip.octets[0] & 0xF0) == 0xE0 ||
           std::all_of(endpoint.ip.octets.begin(), endpoint.ip.octets.begin() + 4, [](auto o) { return o == 0xFF; });
  if (endpoint.ip.version == 6) return endpoint.ip.octets[0] == 0xFF;
  return !endpoint.mac || (endpoint.mac->octets[0] & 1) != 0;
}

bool is_zero(Mac const& mac) { return mac == Mac{}; }

/// Who has no address yet says he is 0.0.0.0, or ::.
bool is_nobody(Ip const& ip) {
  return ip && std::ranges::all_of(ip.octets, [](auto octet) { return octet == 0; });
}

/// What changes the plant, as far as nobody was asked to prove who he is.
bool is_command(Operation operation) {
  switch (operation) {
    case Operation::write:
    case Operation::control:
    case Operation::select:
    case Operation::configure:
    case Operation::program:
      return true;
    default:
      return false;
  }
}

bool is_engineering(Operation operation) {
  return operation == Operation::program || operation == Operation::configure;
}

bool tells_the_time(std::string_view protocol) { return protocol == "ntp" || protocol == "ptp"; }

}  // namespace

/// Takes the fields of one message that tell who sent it.
class Assets::Identification final : public FieldSink {
 public:
  Identification(Assets& assets, Asset& asset) : assets_(assets), asset_(asset) {}

  void field(std::string_view name, std::uint64_t value) override { number(name, value); }
  void field(std::string_view name, std::int64_t value) override { number(name, static_cast<std::uint64_t>(value)); }
  void field(std::string_view, double) override {}
  void field(std::string_view, bool) override {}
  void field(std::string_view name, std::string_view text) override {
    for (auto const& row : identity_fields()) {
      if (row.field != name) continue;
      if (!row.selector.empty() && (row.selector != selector_ || row.value != selected_)) continue;
      set(row, text);
    }
  }

 private:
  void number(std::string_view name, std::uint64_t value) {
    for (auto const& row : identity_fields())
      if (row.selector == name) {
        selector_ = row.selector;
        selected_ = value;
        return;
      }
  }
  void set(IdentityField const& row, std::string_view value) {
    value = value.substr(0, most_value);
    if (value.empty()) return;
    auto const known = std::ranges::find_if(asset_.attributes, [&](Attribute const& attribute) {
      return attribute.name == row.attribute && (!row.list || attribute.value == value);
    });
    if (known != asset_.attributes.end()) {
      if (known->value == value) return;
      known->value = value;
      asset_.changed = true;
    } else if (asset_.attributes.size() < most_attributes) {
      asset_.attributes.push_back({row.attribute, std::string(value), row.list});
      asset_.changed = true;
    } else {
      assets_.leave_out(asset_, List::attributes);
    }
  }

  Assets& assets_;
  Asset& asset_;
  std::string_view selector_;
  std::uint64_t selected_ = 0;
};

/// Takes the addresses of the host that a message is about.
class Assets::Addresses final : public FieldSink {
 public:
  explicit Addresses(Subject const& subject) : subject_(subject) {}

  void field(std::string_view, std::uint64_t) override {}
  void field(std::string_view, std::int64_t) override {}
  void field(std::string_view, double) override {}
  void field(std::string_view, bool) override {}
  void field(std::string_view name, std::string_view text) override {
    if (name == subject_.ip && !ip) ip = parse_ip(text).value_or(Ip{});
    if (name == subject_.mac && !mac) mac = parse_mac(text);
  }

  Ip ip;
  std::optional<Mac> mac;

 private:
  Subject const& subject_;
};

Assets::Key Assets::Key::of(Endpoint const& endpoint) {
  Key key{endpoint.ip.octets, endpoint.ip.version};
  if (!endpoint.ip && endpoint.mac) std::ranges::copy(endpoint.mac->octets, key.octets.begin());
  return key;
}

std::size_t Assets::Hash::operator()(Key const& of) const {
  std::uint64_t words[2];
  std::memcpy(words, of.octets.data(), sizeof words);
  return siphash_words(key, words[0], words[1], std::uint64_t{of.version});
}

Assets::Assets(AssetOptions const& options, HashKey const& key, Vendors const* vendors, FindingSink& sink)
    : options_(options), vendors_(vendors), sink_(sink), assets_(16, Hash{key}) {}

Assets::Asset* Assets::find(Key const& key) {
  auto const found = assets_.find(key);
  return found == assets_.end() ? nullptr : &found->second;
}

Assets::Asset* Assets::admit(Key const& key, Time now) {
  if (auto* known = find(key)) return known;
  if (assets_.size() >= options_.assets) return ++refused_, nullptr;
  auto& fresh = assets_[key];
  fresh.first = now;
  return &fresh;
}

void Assets::leave_out(Asset& asset, List list) {
  auto const bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(list));
  if ((asset.incomplete & bit) != 0) return;
  asset.incomplete |= bit;
  asset.changed = true;
  ++left_out_;
}

template <class T>
void Assets::add(Asset& asset, List name, std::vector<T>& list, T const& item, std::size_t most) {
  if (std::ranges::find(list, item) != list.end()) return;
  if (list.size() >= most) return leave_out(asset, name);
  list.push_back(item);
  asset.changed = true;
}

void Assets::on_observation(Observation const& observation, bool first_of_flow) {
  if (observation.malformed != nullptr) return;
  auto const* subject = subject_of(observation.protocol);
  if (subject != nullptr) {
    tell_of(*subject, observation);
    if (!observation.flow.client.ip) return;  // between MAC addresses of hosts that are known by their IP addresses
  }
  if (first_of_flow) meet(observation);
  if (observation.role == agent::Role::request && is_command(observation.operation)) command(observation);
  auto const operation = observation.operation;
  bool const answer = observation.identifies || (observation.role == agent::Role::response &&
                                                 answers_identify(observation.protocol, observation.code));
  if (operation != Operation::diagnose && operation != Operation::session && !first_of_flow && !answer) return;
  if (subject != nullptr || !identifies(observation.protocol)) return;
  auto const& sender = observation.flow.sender(observation.way);
  if (is_group(sender)) return;
  if (auto* asset = find(Key::of(sender))) {
    Identification identification(*this, *asset);
    observation.fields(identification);
  }
}

/// The host that a message is about.
void Assets::tell_of(Subject const& subject, Observation const& observation) {
  Addresses addresses(subject);
  observation.fields(addresses);
  Endpoint const host{.ip = addresses.ip, .mac = addresses.mac, .port = {}};
  if (!host.ip || is_nobody(host.ip) || is_group(host)) return;
  auto* asset = admit(Key::of(host), observation.time);
  if (asset == nullptr) return;
  asset->last = std::max(asset->last, observation.time);
  if (host.mac && !is_zero(*host.mac)) add(*asset, List::macs, asset->macs, *host.mac, options_.addresses);
  if (!identifies(observation.protocol)) return;
  Identification identification(*this, *asset);
  observation.fields(identification);
}

/// Both ends of a flow that begins.
void Assets::meet(Observation const& observation) {
  auto const& flow = observation.flow;
  // A subnet's broadcast address looks like any host's; the frame's does not.
  bool const to_many = observation.way == Direction::to_server && (observation.destination_mac.octets[0] & 1) != 0;
  bool const publishes = to_many || is_group(flow.server);
  auto const client = Key::of(flow.client), server = Key::of(flow.server);
  for (bool const is_client : {true, false}) {
    auto const& end = is_client ? flow.client : flow.server;
    if (is_group(end) || is_nobody(end.ip) || (to_many && !is_client)) continue;
    auto* asset = admit(is_client ? client : server, observation.time);
    if (asset == nullptr) continue;
    asset->last = std::max(asset->last, observation.time);
    auto const part = publishes ? Role::Part::publisher : is_client ? Role::Part::client : Role::Part::server;
    add(*asset, List::roles, asset->roles, Role{observation.protocol, part}, options_.roles);
    if (end.mac && !is_zero(*end.mac)) add(*asset, List::macs, asset->macs, *end.mac, options_.addresses);
    if (!publishes) add(*asset, List::peers, asset->peers, is_client ? server : client, options_.peers);
    if (is_client && !publishes && tells_the_time(observation.protocol))
      add(*asset, List::time_sources, asset->time_sources, server, most_time_sources);
  }
}

void Assets::command(Observation const& observation) {
  auto const& flow = observation.flow;
  auto& known = commanding_[flow.id % commanding_.size()];
  if (known == flow.id && !is_engineering(observation.operation)) return;
  known = flow.id;
  auto const& sender = flow.sender(observation.way);
  auto const& receiver = flow.receiver(observation.way);
  if (auto* master = find(Key::of(sender))) {
    if (!master->commands) master->commands = master->changed = true;
    if (is_engineering(observation.operation) && !master->engineers) master->engineers = master->changed = true;
  }
  if (auto* station = find(Key::of(receiver)))
    add(*station, List::paths, station->paths, Path{Key::of(sender), observation.protocol}, options_.paths);
}

void Assets::on_close(Flow const& flow) {
  for (auto const* end : {&flow.client, &flow.server})
    if (auto* asset = find(Key::of(*end))) asset->last = std::max(asset->last, flow.last);
}

/// Who waits longest first, of those that were never told in the order in which they were seen: the table's own order
/// is another in each process.
void Assets::tell_due(Time now, auto is_due, std::size_t most) {
  std::vector<std::pair<Key const, Asset>*> due;
  for (auto& entry : assets_)
    if (is_due(entry.second)) due.push_back(&entry);
  std::ranges::sort(due, {}, [](auto const* entry) {
    auto const& [key, asset] = *entry;
    return std::tie(asset.told, asset.first, key.version, key.octets);
  });
  if (due.size() > most) due.resize(most);
  for (auto* entry : due) tell(entry->first, entry->second, now);
}

void Assets::on_time(Time now) {
  if (now < due_) return;
  due_ = now + options_.interval;
  auto const is_due = [&](Asset const& asset) {
    return asset.changed || (asset.last > asset.told && now - asset.told >= options_.refresh);
  };
  tell_due(now, is_due, options_.told_at_once);
}

void Assets::finish(Time now) {
  tell_due(now, [](Asset const& asset) { return asset.changed || asset.last > asset.told; }, assets_.size());
}

std::string Assets::text(Key const& key) {
  if (key.version != 0) return to_string(Ip{key.octets, key.version});
  Mac mac;
  std::copy_n(key.octets.begin(), mac.octets.size(), mac.octets.begin());
  return to_string(mac);
}

void Assets::tell(Key const& key, Asset& asset, Time now) {
  static constexpr std::string_view parts[] = {"client", "server", "publisher", "subscriber"};
  static constexpr std::string_view lists[] = {"asset.peers",        "asset.roles", "asset.commanded_by",
                                               "asset.time_sources", "host.mac",    "identification"};
  static_assert(std::size(lists) == static_cast<std::size_t>(List::attributes) + 1);
  asset.changed = false;
  asset.told = now;
  Finding record;
  record.time = now;
  record.first = asset.first;
  record.last = std::max(asset.first, asset.last);
  record.kind = FindingKind::asset;
  record.code = "agent.asset.seen";
  record.node = options_.node;
  record.detector = "asset";
  auto const put = [&](std::string name, FieldValue value) {
    record.fields.push_back({std::move(name), std::move(value)});
  };
  auto const put_list = [&](char const* name, auto const& list, auto say) {
    if (list.empty()) return;
    std::vector<Scalar> values;
    for (auto const& item : list) values.emplace_back(std::string(say(item)));
    put(name, std::move(values));
  };
  put("asset.id", text(key));
  if (key.version != 0) put("host.ip", std::vector<Scalar>{text(key)});
  std::vector<Mac> macs;
  if (key.version == 0) {
    Mac own;
    std::copy_n(key.octets.begin(), own.octets.size(), own.octets.begin());
    macs.push_back(own);
  }
  for (auto const& mac : asset.macs) {
    auto const hosts = std::ranges::count_if(assets_, [&](auto const& other) {
      return std::ranges::find(other.second.macs, mac) != other.second.macs.end();
    });
    if (static_cast<std::size_t>(hosts) <= hosts_of_a_router) macs.push_back(mac);
  }
  put_list("host.mac", macs, [](Mac const& mac) { return to_string(mac); });
  if (vendors_ != nullptr) {
    std::vector<std::string_view> makers;
    for (auto const& mac : macs)
      if (auto const maker = vendors_->find(mac); !maker.empty() && std::ranges::find(makers, maker) == makers.end())
        makers.push_back(maker);
    put_list("asset.mac_vendor", makers, [](std::string_view maker) { return maker; });
  }
  put_list("asset.roles", asset.roles, [&](Role const& role) {
    return fmt::format("{} {}", role.protocol, parts[static_cast<std::size_t>(role.part)]);
  });
  for (auto const& attribute : asset.attributes) {
    auto const name = fmt::format("asset.{}", attribute.name);
    auto const same = std::ranges::find(record.fields, name, &Field::name);
    if (same != record.fields.end())
      std::get<std::vector<Scalar>>(same->value).emplace_back(attribute.value);
    else if (attribute.list)
      put(name, std::vector<Scalar>{attribute.value});
    else
      put(name, attribute.value);
  }
  if (asset.commands) put("asset.commands", true);
  if (asset.engineers) put("asset.engineering_station", true);
  put_list("asset.commanded_by", asset.paths,
           [](Path const& path) { return fmt::format("{} {}", path.protocol, text(path.from)); });
  put_list("asset.time_sources", asset.time_sources, text);
  put_list("asset.peers", asset.peers, text);
  std::vector<Scalar> incomplete;
  for (std::size_t at = 0; at < std::size(lists); ++at)
    if ((asset.incomplete >> at & 1) != 0) incomplete.emplace_back(std::string(lists[at]));
  if (!incomplete.empty()) put("asset.incomplete", std::move(incomplete));
  put("asset.first_seen", to_rfc3339(record.first));
  put("asset.last_seen", to_rfc3339(record.last));
  record.message =
      fmt::format("{} was seen {}", text(key),
                  asset.roles.empty() ? ""
                                      : fmt::format("as {} {}", asset.roles.front().protocol,
                                                    parts[static_cast<std::size_t>(asset.roles.front().part)]));
  sink_.on_finding(std::move(record));
}

}  // namespace greywatch::agent
